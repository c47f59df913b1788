"""A chart as data: what a page says of it, the values that it shows, and what is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH_PX, HEIGHT_PX = 1280, 800
"""The size of every picture on a page."""
TEXT, LEAD, EXTRA, CARD = "text", "lead", "extra", "card"
"""Which charts the page's text names, which stand above and below them, and which stands for it."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of a page; nothing is drawn until :func:`bench.charts.render.render_all`.

    Parameters
    ----------
    slug : str
        What tells it apart from the page's other charts; its file and its anchor bear it.
    title : str
        Above the chart.
    alt, caption : str
        Beside the picture, in words.
    values : mapping
        What it says, ready for JSON: the picture carries it along.
    content : object
        What is drawn; its class says how, see :mod:`bench.charts.drawing.draw`.
    table : mapping, optional
        The same values as a table of strings, see :func:`bench.charts.table.chart_table`.
    source : str
        Where its numbers are in the run's files; empty where ``table`` has them.
    note : str
        A warning that the picture must carry, such as "smoke, not a measurement".
    role : str
        Where it is shown: ``text``, ``lead``, ``extra`` or ``card``.
    """

    slug: str
    title: str
    alt: str
    caption: str
    values: Mapping[str, Any]
    content: object
    table: Mapping[str, Any] | None = None
    source: str = ""
    note: str = ""
    role: str = EXTRA

    @property
    def file_name(self) -> str:
        """The picture's file."""
        return f"{self.slug}.png"
