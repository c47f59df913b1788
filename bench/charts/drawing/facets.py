"""The sheet of an extra chart: a panel for each batch size, side by side on one scale.

Numbers are in a table above the panels, so that marks cannot cover them.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text

from bench.charts.drawing import theme
from bench.charts.drawing.canvas import new_canvas
from bench.charts.drawing.key import KeyEntry, write_key
from bench.records import Cell
from bench.stats.cells import Summary
from bench.stats.verdict_words import NOT_MEASURED

_TABLE_Y_PX = 232
_ROW_PX = 38
_NUMBER_PX = 130  # the room that a number of the table needs
_COUNT_PX = 60  # the room that a thread count needs
_DIGIT_PX = 21
_AIR_PX = 8


class Words(NamedTuple):
    """The header of a chart: title, subtitle, and the line on its evidence."""

    title: str
    subtitle: str
    detail: str


class PanelRow(NamedTuple):
    """A row of the table above the panels: its name, its colour, and one text per batch size."""

    name: str
    colour: str
    texts: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Facets:
    """The panels, one per batch size; each has one column per thread count, at 0, 1, 2, ..."""

    axes: Axes
    batch_sizes: tuple[int, ...]
    threads: tuple[int, ...]

    def place(self, cell: Cell) -> float:
        """Return where the middle of a cell's column is."""
        panel = self.batch_sizes.index(cell.batch_size)
        return panel * self.pitch + self.threads.index(cell.threads)

    @property
    def pitch(self) -> float:
        """The distance between the first columns of two neighbouring panels [columns]."""
        return len(self.threads) + self.gap

    @property
    def gap(self) -> float:
        """The space between two panels [columns]."""
        return max(0.6, 0.2 * len(self.threads))

    @property
    def column_px(self) -> float:
        """The width of a column [pixels]."""
        return (theme.WIDE_RIGHT_PX - theme.AXES_LEFT_PX) / (len(self.batch_sizes) * self.pitch)

    def middle(self, batch_size: int) -> float:
        """Return where the middle of a panel is."""
        return self.batch_sizes.index(batch_size) * self.pitch + (len(self.threads) - 1) / 2


def new_facets(
    words: Words,
    key: Sequence[KeyEntry],
    rows: Sequence[PanelRow],
    batch_sizes: Sequence[int],
    threads: Sequence[int],
) -> Facets:
    """Return the panels of a fresh sheet, with its header, key, table and thread counts.

    Parameters
    ----------
    words : Words
        The header.
    key : sequence of KeyEntry
        What the marks mean.
    rows : sequence of PanelRow
        The rows of the table, below the row of batch sizes.
    batch_sizes : sequence of int
        One panel for each, from left to right.
    threads : sequence of int
        One column for each in every panel, from left to right.
    """
    axes = new_canvas(*words)
    facets = Facets(axes, tuple(batch_sizes), tuple(threads))
    left, bottom = theme.figure_xy(theme.AXES_LEFT_PX, theme.AXES_BOTTOM_PX)
    right, top = theme.figure_xy(theme.WIDE_RIGHT_PX, _TABLE_Y_PX + len(rows) * _ROW_PX + 40)
    axes.set_position((left, bottom, right - left, top - bottom))
    _draw_panels(facets)
    write_key(axes, key)
    names = PanelRow("batch", theme.INK, {size: str(size) for size in batch_sizes})
    for place, row in enumerate((names, *rows)):
        _write_row(facets, row, _TABLE_Y_PX + place * _ROW_PX)
    return facets


def mark_empty_panels(facets: Facets, drawn: Collection[Cell], summary: Summary) -> None:
    """Write the reason into each panel that shows none of its cells.

    Parameters
    ----------
    facets : Facets
        The panels.
    drawn : collection of Cell
        The cells that are drawn.
    summary : Summary
        All planned cells; their verdicts distinguish "not measured" from "not known".
    """
    for size in facets.batch_sizes:
        cells = [cell for cell in summary.cells if cell.batch_size == size]
        if any(cell.cell in drawn for cell in cells):
            continue
        measured = any(cell.latency_verdict != NOT_MEASURED for cell in cells)
        facets.axes.text(
            facets.middle(size),
            0.5,
            "not known" if measured else NOT_MEASURED,
            transform=facets.axes.get_xaxis_transform(),
            fontsize=theme.TEXT_PT,
            color=theme.MUTED,
            rotation=90,
            ha="center",
            va="center",
            gid="missing",
        )


def evenly(count: int, most: int) -> list[int]:
    """Return at most ``most`` of ``count`` indices, evenly spread; the last is always there."""
    if most <= 1:
        return [count - 1]
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, most))})


def _draw_panels(facets: Facets) -> None:
    axes, edge = facets.axes, (1 + facets.gap) / 2
    cells = [[Cell(batch_size=s, threads=t) for t in facets.threads] for s in facets.batch_sizes]
    axes.set_xlim(-edge, facets.place(cells[-1][-1]) + edge)
    for panel in cells[1:]:
        axes.axvline(facets.place(panel[0]) - edge, color=theme.GRID, lw=0.7, zorder=1)
    ticks = {
        facets.place(cell): str(cell.threads)
        for panel in _numbered_panels(facets)
        for cell in [cells[panel][index] for index in _numbered_columns(facets)]
    }
    axes.set_xticks(list(ticks), list(ticks.values()))


def _numbered_panels(facets: Facets) -> list[int]:
    """Return which panels have numbers: all, unless they are too narrow or too near an edge."""
    panel_px = facets.pitch * facets.column_px
    skipped = max(0, math.ceil(_NUMBER_PX / 2 / panel_px - 0.5))
    inner = range(skipped, len(facets.batch_sizes) - skipped)
    return [inner[place] for place in evenly(len(inner), int(len(inner) * panel_px // _NUMBER_PX))]


def _numbered_columns(facets: Facets) -> list[int]:
    """Return which columns of a panel carry their thread count, so that numbers never overlap."""
    indices = evenly(len(facets.threads), int(facets.pitch * facets.column_px // _COUNT_PX))
    digits = len(f"{facets.threads[0]}{facets.threads[-1]}")
    between_px = (facets.gap + 1) * facets.column_px - digits / 2 * _DIGIT_PX
    return indices if between_px >= _AIR_PX or len(indices) == 1 else indices[1:]


def _write_row(facets: Facets, row: PanelRow, y_px: float) -> None:
    _write(facets.axes, theme.MARGIN_PX, y_px, row.name, row.colour, "left")
    for panel in _numbered_panels(facets):
        size = facets.batch_sizes[panel]
        x_px = float(facets.axes.transData.transform((facets.middle(size), 0))[0])
        _write(facets.axes, x_px, y_px, row.texts.get(size, "n/a"), row.colour, "center")


def _write(axes: Axes, x_px: float, y_px: float, words: str, colour: str, align: str) -> Text:
    x, y = theme.figure_xy(x_px, y_px)
    text = cast(Any, axes.figure).text(
        x,
        y,
        words,
        fontsize=theme.TEXT_PT,
        fontweight="bold" if colour != theme.MUTED else "normal",
        color=colour,
        ha=align,
        va="center",
        gid="table" if align == "center" else "name",
    )
    return cast(Text, text)
