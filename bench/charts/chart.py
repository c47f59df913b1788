"""An extra chart: what a page needs to show it, and how to draw it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.charts.canvas import add_note, style
from bench.charts.catalog import ChartSpec, Point, Words, chart_points, evidence
from bench.stats.estimate import Summary
from bench.text.numbers import counted

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """One extra chart; there is none where there is nothing to show.

    ``values`` is what it says, ready for JSON: the picture carries it along. ``source`` says
    where its numbers are in the run's files. ``paint`` draws it on a fresh sheet.
    """

    name: str
    alt: str
    caption: str
    source: str
    values: Mapping[str, Any]
    paint: Callable[[], Axes]

    @property
    def file_name(self) -> str:
        """The picture's file; no name of the seed's charts begins like it."""
        return f"more-{self.name}.png"

    @property
    def words(self) -> Words:
        """What a page says of it."""
        return Words(self.name, self.file_name, self.alt, self.caption, self.source)

    def draw(self, note: str = "") -> Figure:
        """Draw the chart, with a warning that it must carry, such as "smoke, not a measurement".

        Returns
        -------
        Figure
            A figure of 1280x800 pixels with one axes, its Agg canvas attached.
        """
        with style():
            axes = self.paint()
            add_note(axes, note)
        figure = axes.figure
        return cast(Figure, figure)


def loss_points(summary: Summary) -> dict[Cell, Point]:
    """Return the latency loss of each measured cell, by batch size and threads."""
    return {
        (size, point.threads): point
        for size in summary.batch_sizes
        for point in chart_points(ChartSpec("latency", ratio=True, batch_size=size), summary)
        if point.measured
    }


def thread_counts(summary: Summary) -> list[int]:
    """Return the planned thread counts, ascending."""
    return sorted({cell.threads for cell in summary.cells})


def most_threads(summary: Summary) -> str:
    """Return the largest thread count in words, for which a table gives its numbers."""
    return counted(thread_counts(summary)[-1], "thread")


def rests_on(summary: Summary, intervals: str) -> str:
    """Return on how much a chart of all cells rests: ``10 blocks, <intervals>``."""
    return evidence(list(loss_points(summary).values()), intervals)
