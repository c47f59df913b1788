"""The sheet that all charts share: paper, title, thread axis, notes and "not measured" marks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from bench.charts.chart import HEIGHT_PX, WIDTH_PX
from bench.charts.drawing import theme
from bench.charts.drawing.labels import shrink_to
from bench.stats.verdict_words import NOT_MEASURED

_MAX_TICKS = 12
_STRIDES = (2, 4, 5, 8, 10, 16, 20, 32, 40, 64, 80, 128)
_NOTE_WIDTH_PX = 500.0
_UPRIGHT_MARKS = 4  # with more thread counts than this, a mark is turned to fit its column
_MATPLOTLIB: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # a part of matplotlib, so the font is the same on all machines
    "axes.unicode_minus": True,
    "text.usetex": False,
    "path.simplify": True,
}


@contextmanager
def style() -> Iterator[None]:
    """Use our settings of matplotlib within a ``with`` block, not those of the user."""
    with mpl.rc_context(_MATPLOTLIB):
        yield


def new_canvas(title: str, subtitle: str, detail: str, right_px: int = theme.AXES_RIGHT_PX) -> Axes:
    """Return the axes of a fresh sheet with its header; they reach to ``right_px``.

    Parameters
    ----------
    title, subtitle, detail : str
        The three lines of the header.
    right_px : int
        Where the axes end, counted from the left edge of the picture [pixels].
    """
    figure = Figure(figsize=(WIDTH_PX / theme.DPI, HEIGHT_PX / theme.DPI))
    figure.set_dpi(theme.DPI)
    FigureCanvasAgg(figure)
    left, bottom = theme.figure_xy(theme.AXES_LEFT_PX, theme.AXES_BOTTOM_PX)
    right, top = theme.figure_xy(right_px, theme.AXES_TOP_PX)
    axes = figure.add_axes((left, bottom, right - left, top - bottom))
    _write_header(figure, title, subtitle, detail)
    style_frame(axes)
    return axes


def finish_threads_axis(axes: Axes, threads: Sequence[int]) -> None:
    """Put the thread counts under the axes; call it after seaborn, which sets other ticks.

    The counts are at 0, 1, 2, ..., so that any number of them fills the sheet, and a count is at
    the same place in all charts of a page.
    """
    indices = tick_indices(len(threads))
    axes.set_xlim(-0.5, max(len(threads), 1) - 0.5)
    axes.set_xticks(indices, [str(threads[index]) for index in indices])


def tick_indices(count: int, most: int = _MAX_TICKS) -> list[int]:
    """Return which of ``count`` columns carry a number, so that numbers never overlap."""
    if count <= most:
        return list(range(count))
    stride = next((s for s in _STRIDES if count / s <= most), count)
    indices = [index for index in range(count) if (count - 1 - index) % stride == 0]
    column_px = (theme.AXES_RIGHT_PX - theme.AXES_LEFT_PX) / count
    first_fits = indices[0] * column_px >= 52 * _MAX_TICKS / most  # two digits and air
    return [0, *indices] if indices[0] and first_fits else indices


def add_note(axes: Axes, note: str) -> None:
    """Write a warning such as "stub" on the sheet, smaller where it is long."""
    if not note:
        return
    figure = cast(Any, axes.figure)
    x, y = theme.figure_xy(WIDTH_PX - theme.MARGIN_PX - 8, 752)
    text = figure.text(
        x,
        y,
        note,
        fontsize=theme.TEXT_PT,
        fontweight="bold",
        color=theme.NOTE_INK,
        ha="right",
        va="center",
        gid="note",
        bbox={"boxstyle": "round,pad=0.4", "fc": theme.NOTE_PAPER, "ec": theme.NOTE_INK, "lw": 0.8},
    )
    shrink_to(text, _NOTE_WIDTH_PX)


def mark_missing(axes: Axes, missing: dict[int, str], count: int, baseline: float) -> None:
    """Write "not measured" into the columns (by index) of a chart, or once where all are missing.

    Parameters
    ----------
    axes : Axes
        The axes of the chart; its columns are at 0, 1, 2, ...
    missing : dict of int to str
        The words for each column in which something is missing, by its index.
    count : int
        How many columns the chart has; with more than four, words are turned by 90 degrees.
    baseline : float
        The height of the lower end of the words, in the unit of the y axis.
    """
    words = set(missing.values())
    if len(missing) == count and words <= {NOT_MEASURED}:
        axes.text(
            0.5,
            0.5,
            NOT_MEASURED,
            transform=axes.transAxes,
            fontsize=theme.TITLE_PT,
            color=theme.MUTED,
            ha="center",
            va="center",
            gid="missing",
            bbox={"boxstyle": "square,pad=0.3", "fc": theme.PAPER, "ec": "none"},
        )
        return
    for index, word in missing.items():
        axes.annotate(
            word,
            (index, baseline),
            xytext=(0, 4),
            textcoords="offset points",
            fontsize=theme.TEXT_PT,
            color=theme.MUTED,
            rotation=0 if count <= _UPRIGHT_MARKS else 90,
            ha="center",
            va="bottom",
            gid="missing",
            bbox={"boxstyle": "square,pad=0.1", "fc": theme.PAPER, "ec": "none"},
            zorder=3.5,
        )


def set_y_ticks(axes: Axes, ticks: Sequence[float], names: Sequence[str]) -> None:
    """Set the y ticks and their words, and nothing between them.

    Parameters
    ----------
    axes : Axes
        The axes that get the ticks.
    ticks : sequence of float
        Where the ticks are, in the unit of the y axis.
    names : sequence of str
        The words of each tick, in the same order.
    """
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_yticks(np.asarray(ticks, float), list(names))


def _write_header(figure: Figure, title: str, subtitle: str, detail: str) -> None:
    for text, y_px, size, colour, weight in (
        (title, 42, theme.TITLE_PT, theme.INK, "bold"),
        (subtitle, 96, theme.TEXT_PT, theme.MUTED, "normal"),
        (detail, 142, theme.TEXT_PT, theme.MUTED, "normal"),
    ):
        x, y = theme.figure_xy(theme.MARGIN_PX, y_px)
        line = figure.text(
            x, y, text, fontsize=size, color=colour, fontweight=weight, va="center", gid="header"
        )
        shrink_to(line, WIDTH_PX - 2 * theme.MARGIN_PX)


def style_frame(axes: Axes) -> None:
    """Give axes the frame, grid and ticks of all charts."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set(color=theme.MUTED, linewidth=0.8)
    axes.tick_params(axis="both", length=0, labelsize=theme.TEXT_PT, labelcolor=theme.MUTED, pad=4)
    axes.grid(axis="y", color=theme.GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    # At the left, where no note can cover it.
    axes.set_xlabel(
        "intra-op threads", loc="left", fontsize=theme.TEXT_PT, color=theme.MUTED, labelpad=1
    )
    # With an empty label, seaborn would build every tick to find a name for the axis.
    axes.set_ylabel(" ", labelpad=0)
    # Without a fixed place, matplotlib would measure every tick to place the label.
    axes.yaxis.set_label_coords(0, 0)
