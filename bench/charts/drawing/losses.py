"""Loss charts: by how many percent remote is worse; bars from a bold zero line."""

import math
from collections.abc import Mapping, Sequence

import seaborn as sns
from matplotlib.axes import Axes

from bench.charts.drawing import theme
from bench.charts.drawing.canvas import finish_threads_axis, mark_missing, set_y_ticks
from bench.charts.drawing.labels import Label, place_labels
from bench.charts.drawing.scales import PercentScale, percent_scale, tick_name
from bench.charts.points import ChartSpec, Point, chart_points, look
from bench.stats.estimate import EXPLORATORY, NOT_MEASURED, Summary
from bench.stats.pooled import median_loss
from bench.text.numbers import signed_percent

_FEW_BARS = 6  # up to so many bars, each carries its value
_MIN_FOR_MEDIAN = 3
_FACES = {
    "slower": theme.SLOWER,
    "slower pale": theme.SLOWER_PALE,
    "slower hollow": theme.PAPER,
    "faster": theme.FASTER,
    "faster pale": theme.FASTER_PALE,
    "faster hollow": theme.PAPER,
    EXPLORATORY: theme.EXPLORATORY,
}


def loss_scale(spec: ChartSpec, summary: Summary) -> PercentScale:
    """Return the one scale of a loss metric, for all its batch sizes."""
    specs = [ChartSpec(spec.metric, ratio=True, batch_size=size) for size in summary.batch_sizes]
    points = [point for each in specs for point in chart_points(each, summary)]
    return percent_scale(n for point in points for n in (point.value, point.low, point.high))


def draw_losses(axes: Axes, spec: ChartSpec, summary: Summary, points: Sequence[Point]) -> None:
    """Draw the bars, their intervals, the median line and the words beside them."""
    scale = loss_scale(spec, summary)
    threads = [point.threads for point in points]
    bars = {index: point for index, point in enumerate(points) if point.measured}
    if bars:
        _draw_bars(axes, bars, min(0.66, len(threads) / 8), scale)
    axes.axhline(0, color=theme.INK, linewidth=1.4, zorder=4)
    _draw_whiskers(axes, bars, scale)
    axes.set_ylim(scale.low, scale.high)
    set_y_ticks(axes, scale.ticks, [tick_name(tick) for tick in scale.ticks])
    finish_threads_axis(axes, threads)
    missing = {index: NOT_MEASURED for index in range(len(points)) if index not in bars}
    mark_missing(axes, missing, len(threads), 0.0)
    few = len(threads) <= _FEW_BARS
    for index, bar in bars.items():
        if few or scale.clip(bar.value) != bar.value:
            _write_value(axes, index, bar, scale, upright=few)
    middle = median_loss(summary.pooled, spec.metric, spec.batch_size)
    _label_sides(axes, middle if len(bars) >= _MIN_FOR_MEDIAN else None, scale)


def _draw_bars(axes: Axes, bars: Mapping[int, Point], width: float, scale: PercentScale) -> None:
    heights = [scale.clip(bar.value) for bar in bars.values()]
    sns.barplot(x=list(bars), y=heights, native_scale=True, errorbar=None, zorder=2, ax=axes)
    # Not by seaborn's hue, which draws the bars of each look by themselves and takes longer; and
    # its width depends on which thread counts were measured.
    for patch, (place, bar) in zip(axes.patches, bars.items(), strict=True):
        name = look(bar)
        patch.set(x=place - width / 2, width=width, facecolor=_FACES[name])
        if _FACES[name] == theme.PAPER:
            edge = theme.SLOWER if name.startswith("slower") else theme.FASTER
            patch.set(edgecolor=edge, linewidth=1.3)


def _draw_whiskers(axes: Axes, bars: Mapping[int, Point], scale: PercentScale) -> None:
    known = {index: bar for index, bar in bars.items() if look(bar) != EXPLORATORY}
    lows = [scale.clip(bar.low) for bar in known.values()]
    highs = [scale.clip(bar.high) for bar in known.values()]
    axes.vlines(list(known), lows, highs, colors=theme.INK, linewidth=1.3, zorder=5)


def _write_value(axes: Axes, index: int, bar: Point, scale: PercentScale, *, upright: bool) -> None:
    above = bar.value >= 0
    ends = [scale.clip(end) for end in (bar.value, bar.low, bar.high) if not math.isnan(end)]
    end = max(ends) if above else min(ends)
    room = 0.075 * (scale.high - scale.low) * (1 if upright else 2.6)
    end = min(end, scale.high - room) if above else max(end, scale.low + room)
    axes.annotate(
        signed_percent(bar.value),
        (index, end),
        xytext=(0, 3 if above else -3),
        textcoords="offset points",
        fontsize=theme.DETAIL_PT if upright else theme.MARK_PT,
        fontweight="bold",
        color=theme.INK,
        rotation=0 if upright else 90,
        ha="center",
        va="bottom" if above else "top",
        zorder=6,
        gid="label",
        bbox={"boxstyle": "round,pad=0.12", "fc": theme.PAPER, "ec": "none"},
    )


def _label_sides(axes: Axes, middle: float | None, scale: PercentScale) -> None:
    frame = axes.get_window_extent()
    labels = [
        Label("remote\nslower ▲", theme.SLOWER_TEXT, frame.y1),
        Label("remote\nfaster ▼", theme.FASTER_TEXT, frame.y0),
    ]
    if middle is not None:
        level = scale.clip(middle)
        axes.axhline(level, color=theme.MUTED, linewidth=1.1, linestyle=(0, (4, 2)), zorder=3)
        y = float(axes.transData.transform((0, level))[1])
        text = f"median\n{signed_percent(middle)}"
        labels.append(Label(text, theme.MUTED, y, weight="normal"))
    place_labels(axes, labels, theme.SIDE_LABEL_PX)
