"""Loss charts: a bar for the overhead, and from its end a bar for what computing adds."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import seaborn as sns
from matplotlib.axes import Axes

from bench.charts.drawing import theme
from bench.charts.drawing.canvas import finish_threads_axis, mark_missing, set_y_ticks
from bench.charts.drawing.key import KeyEntry, write_key
from bench.charts.drawing.loss_columns import NUMBERED, Column, measured_columns, rows_px
from bench.charts.drawing.loss_words import label_sides, write_cut, write_rows, write_words
from bench.charts.drawing.scales import PercentScale, percent_scale, tick_name
from bench.charts.points import ChartSpec, Point, chart_points
from bench.stats.cells import Summary
from bench.stats.estimate import MIN_EFFECT_PERCENT
from bench.stats.pooled import median_loss
from bench.stats.verdict_words import NOT_MEASURED

OVERHEAD_NAMES = {"latency": "overhead", "throughput": "waiting"}
_MIN_FOR_MEDIAN = 3
_BEYOND = 1.5  # an interval is cut where it reaches this many times as far as the bars


class _Bar(NamedTuple):
    """A part of a loss: its colour, its place, and where it begins and ends [percent]."""

    colour: str
    left: float
    width: float
    begin: float
    end: float


def loss_scale(spec: ChartSpec, summary: Summary) -> PercentScale:
    """Return the one scale of a loss metric, for all its batch sizes.

    Losses and overheads choose it: a wide interval of a loss is cut, and an overhead stays large
    enough to be read.
    """
    specs = [ChartSpec(spec.metric, ratio=True, batch_size=size) for size in summary.batch_sizes]
    points = [point for each in specs for point in chart_points(each, summary)]
    bars = [n for p in points for n in (p.value, p.overhead, p.overhead_low, p.overhead_high)]
    reach = percent_scale(bars)
    low, high = _BEYOND * reach.low, _BEYOND * reach.high
    ends = [end for point in points for end in (point.low, point.high) if not math.isnan(end)]
    return percent_scale([*bars, *(min(max(end, low), high) for end in ends)])


def draw_losses(axes: Axes, spec: ChartSpec, summary: Summary, points: Sequence[Point]) -> None:
    """Draw the bars, their intervals, the effect that matters, and the words beside them.

    Parameters
    ----------
    axes : Axes
        Empty axes of their final size.
    spec : ChartSpec
        Which loss chart.
    summary : Summary
        All planned cells; the scale is that of all batch sizes.
    points : sequence of Point
        One loss for each planned thread count, in ascending order [percent].
    """
    scale, count = loss_scale(spec, summary), len(points)
    above_px = rows_px(count)
    top = scale.high + (scale.high - scale.low) * above_px / (axes.bbox.height - above_px)
    axes.set_xlim(-0.5, max(count, 1) - 0.5)
    axes.set_ylim(scale.low, top)
    columns = measured_columns(axes, points)
    _draw_bars(axes, columns, scale)
    axes.axhspan(-MIN_EFFECT_PERCENT, MIN_EFFECT_PERCENT, color=theme.MATTERS, zorder=0.5)
    axes.axhline(0, color=theme.INK, linewidth=1.4, zorder=4)
    _draw_intervals(axes, columns, scale)
    axes.set_ylim(scale.low, top)
    set_y_ticks(axes, scale.ticks, [tick_name(tick) for tick in scale.ticks])
    finish_threads_axis(axes, [point.threads for point in points])
    places = {column.place for column in columns}
    missing = {index: NOT_MEASURED for index in range(count) if index not in places}
    mark_missing(axes, missing, count, 0.0)
    if columns:
        write_key(axes, _key(spec, columns))
    if count <= theme.WORDED:
        write_words(axes, columns, scale)
        return
    write_rows(axes, columns, top, numbers=count <= NUMBERED)
    if count > NUMBERED:
        write_cut(axes, columns, scale)
    middle = median_loss(summary.pooled, spec.metric, spec.batch_size)
    median = middle if len(columns) >= _MIN_FOR_MEDIAN else None
    label_sides(axes, median, scale, summary.names["remote"])


def _bars(columns: Sequence[Column], scale: PercentScale) -> Iterator[_Bar]:
    for point, _, overhead_at, total_at, width in columns:
        left, total = overhead_at - width / 2, scale.clip(point.value)
        rest = theme.EXPLORATORY if point.bare else theme.PART_COLOURS["slower compute"]
        if not point.split:
            side = theme.SLOWER if point.value >= 0 else theme.FASTER
            yield _Bar(theme.EXPLORATORY if point.bare else side, left, 2 * width, 0.0, total)
            continue
        overhead = scale.clip(point.overhead)
        yield _Bar(theme.SLOWER, left, width, 0.0, overhead)
        yield _Bar(rest, total_at - width / 2, width, overhead, total)


def _draw_bars(axes: Axes, columns: Sequence[Column], scale: PercentScale) -> None:
    bars = list(_bars(columns, scale))
    if not bars:
        return
    heights = [bar.end - bar.begin for bar in bars]
    sns.barplot(x=range(len(bars)), y=heights, native_scale=True, errorbar=None, zorder=2, ax=axes)
    # seaborn starts every bar at zero and gives all one width.
    for patch, bar, height in zip(axes.patches, bars, heights, strict=True):
        patch.set(x=bar.left, width=bar.width, y=bar.begin, height=height, facecolor=bar.colour)


def _draw_intervals(axes: Axes, columns: Sequence[Column], scale: PercentScale) -> None:
    """Draw the interval of each part at its bar, a mark at the loss, an arrow where one is cut."""
    sure = [c for c in columns if not c.point.bare]
    middles = [c.total_at if c.point.split else (c.overhead_at + c.total_at) / 2 for c in columns]
    places = [m for c, m in zip(columns, middles, strict=True) if not c.point.bare]
    known = [c for c in columns if not math.isnan(c.point.overhead_low)]
    ends = [
        *((x, c.point.low, c.point.high) for x, c in zip(places, sure, strict=True)),
        *((c.overhead_at, c.point.overhead_low, c.point.overhead_high) for c in known),
    ]
    axes.vlines(
        [x for x, _, _ in ends],
        [scale.clip(low) for _, low, _ in ends],
        [scale.clip(high) for _, _, high in ends],
        colors=theme.INK,
        linewidth=1.5,
        zorder=5,
    )
    for marker, beyond, level in (
        ("^", [x for x, _, high in ends if high > scale.high], scale.high),
        ("v", [x for x, low, _ in ends if low < scale.low], scale.low),
    ):
        axes.plot(beyond, [level] * len(beyond), **_mark(marker, theme.INK), clip_on=False)
    for face in (theme.INK, theme.PAPER):
        marks = [
            (x, scale.clip(c.point.value))
            for x, c in zip(middles, columns, strict=True)
            if c.point.undecided is (face == theme.PAPER)
        ]
        axes.plot([x for x, _ in marks], [y for _, y in marks], **_mark("D", face))


def _mark(marker: str, face: str) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": marker,
        "markersize": 5.5,
        "markerfacecolor": face,
        "markeredgecolor": theme.INK,
        "markeredgewidth": 0.9,
        "zorder": 6,
    }


def _key(spec: ChartSpec, columns: Sequence[Column]) -> list[KeyEntry]:
    entries = [KeyEntry("loss", theme.INK, "D")]
    if any(column.point.split for column in columns):
        entries = [
            KeyEntry(OVERHEAD_NAMES[spec.metric], theme.SLOWER, "s"),
            KeyEntry("computing", theme.PART_COLOURS["slower compute"], "s"),
            KeyEntry("loss, their sum", theme.INK, "D"),
        ]
    return [*entries, KeyEntry(f"below {MIN_EFFECT_PERCENT:g}%", theme.GRID, "s")]
