"""A chart as data: its texts, its values, and the content to draw."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH_PX, HEIGHT_PX = 1280, 800
"""The size of every picture on a page."""
TEXT, LEAD, EXTRA, CARD = "text", "lead", "extra", "card"
"""Where a chart is shown: in the page's text, above it, below it, or as the preview of links."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of a page; nothing is drawn until :func:`bench.charts.render.render_all`.

    Parameters
    ----------
    slug : str
        Its name, unique on the page; its file and its anchor have the same name.
    title : str
        Above the chart.
    alt, caption : str
        Beside the picture, in words.
    values : mapping
        Its numbers, ready for JSON; they are stored in the PNG.
    content : object
        The data to draw; its class selects the function, see :mod:`bench.charts.drawing.draw`.
    table : mapping, optional
        The same values as a table of strings, see :func:`bench.charts.table.chart_table`.
    source : str
        Where its numbers are in the run's files; empty where ``table`` has them.
    note : str
        A warning written on the picture, such as "smoke, not a measurement".
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
