"""The words of a loss chart: losses, overheads and verdicts, beside the bars or above them."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from bench.charts.drawing import theme
from bench.charts.drawing.labels import Label, place_labels
from bench.charts.drawing.loss_columns import GAP_PX, Column
from bench.charts.drawing.scales import PercentScale
from bench.charts.points import Point
from bench.text.numbers import signed_percent
from bench.text.verdicts import VerdictWords, verdict_words


def _verdict(point: Point) -> VerdictWords:
    return verdict_words(point.verdict, point.value)


def write_words(axes: Axes, columns: Sequence[Column], scale: PercentScale) -> None:
    """Write the overhead at the end of its bar, and right of the bars the loss and its verdict.

    Parameters
    ----------
    axes : Axes
        The axes of the loss chart, with their limits set.
    columns : sequence of Column
        The measured thread counts.
    scale : PercentScale
        The scale of the losses; words of a cut bar are within it.
    """
    height = scale.high - scale.low
    for column in columns:
        point = column.point
        right_px = axes.transData.transform((column.total_at + column.width / 2, 0))[0] + GAP_PX
        x = float(axes.transData.inverted().transform((right_px, 0))[0])
        y = min(max(scale.clip(point.value), scale.low + 0.1 * height), scale.high - 0.1 * height)
        words = f"{signed_percent(point.value)}\n{_verdict(point).mark} {_verdict(point).word}"
        _write(axes, words, x, y, theme.INK, ha="left", va="center")
        if not point.split:
            continue
        ends = (point.overhead, point.overhead_low, point.overhead_high)
        known = [scale.clip(end) for end in ends if not math.isnan(end)]
        above = point.overhead >= 0
        _write(
            axes,
            signed_percent(point.overhead),
            column.overhead_at + column.width / 2,
            (max(known) if above else min(known)) + (0.012 if above else -0.012) * height,
            theme.SLOWER_TEXT,
            ha="right",
            va="bottom" if above else "top",
        )


def write_rows(axes: Axes, columns: Sequence[Column], top: float, *, numbers: bool) -> None:
    """Write each column's verdict above the bars, and its loss where there is room.

    Parameters
    ----------
    axes : Axes
        The axes of the loss chart.
    columns : sequence of Column
        The measured thread counts.
    top : float
        The upper end of the y axis; the words are below it [percent].
    numbers : bool
        Whether there is room for the losses; without them only the mark of the verdict.
    """
    for column in columns:
        number = f"{signed_percent(column.point.value)}\n" if numbers else ""
        words = f"{number}{_verdict(column.point).mark}"
        _write(axes, words, column.place, top, theme.INK, ha="center", va="top")


def write_cut(axes: Axes, columns: Sequence[Column], scale: PercentScale) -> None:
    """Write the loss of each column that is cut, upright along its bar.

    Parameters
    ----------
    axes : Axes
        The axes of the loss chart.
    columns : sequence of Column
        The measured thread counts.
    scale : PercentScale
        The scale of the losses; a loss beyond it is cut.
    """
    for column in columns:
        value = column.point.value
        if scale.clip(value) == value:
            continue
        end, side = (scale.high, "top") if value > 0 else (scale.low, "bottom")
        end *= 0.96
        _write(
            axes,
            signed_percent(value),
            column.place,
            end,
            theme.INK,
            ha="center",
            va=side,
            rotation=90,
        )


def _write(axes: Axes, words: str, x: float, y: float, colour: str, **options: str | float) -> None:
    text = axes.text(x, y, words, fontsize=theme.TEXT_PT, color=colour, zorder=7, gid="label")
    text.set(**options)
    text.set(linespacing=1.2, bbox={"boxstyle": "square,pad=0.08", "fc": theme.PAPER, "ec": "none"})


def label_sides(axes: Axes, middle: float | None, scale: PercentScale, remote: str) -> None:
    """Write beside the axes which side means what, and the median where there is one.

    Parameters
    ----------
    axes : Axes
        The axes of the loss chart, with their limits set.
    middle : float or None
        The median loss, which also gets a dashed line [percent]; None: neither.
    scale : PercentScale
        The scale of the losses; a median beyond it is drawn at its end.
    remote : str
        The name of the remote arm.
    """
    frame = axes.get_window_extent()
    labels = [
        Label(f"{remote}\nslower ▲", theme.SLOWER_TEXT, frame.y1),
        Label(f"{remote}\nfaster ▼", theme.FASTER_TEXT, frame.y0),
    ]
    if middle is not None:
        level = scale.clip(middle)
        axes.axhline(level, color=theme.MUTED, linewidth=1.1, linestyle=(0, (4, 2)), zorder=3)
        y = float(axes.transData.transform((0, level))[1])
        text = f"median\n{signed_percent(middle)}"
        labels.append(Label(text, theme.MUTED, y, weight="normal"))
    place_labels(axes, labels, theme.SIDE_LABEL_PX)
