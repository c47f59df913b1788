"""Loss charts: the overhead from a bold zero line, and from there what computing adds to it."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import seaborn as sns
from matplotlib.axes import Axes

from bench.charts.drawing import theme
from bench.charts.drawing.canvas import finish_threads_axis, mark_missing, set_y_ticks
from bench.charts.drawing.key import KeyEntry, write_key
from bench.charts.drawing.labels import Label, place_labels
from bench.charts.drawing.scales import PercentScale, percent_scale, tick_name
from bench.charts.points import ChartSpec, Point, chart_points
from bench.stats.estimate import MIN_EFFECT_PERCENT, NOT_MEASURED, Summary
from bench.stats.pooled import median_loss
from bench.text.numbers import signed_percent
from bench.text.verdicts import VerdictWords, verdict_words

OVERHEAD_NAMES = {"latency": "overhead", "throughput": "waiting"}
_WORDED = 2  # up to so many columns, words stand beside the bars
_NUMBERED = 6  # up to so many, each column has its loss above the bars
_MIN_FOR_MEDIAN = 3
_BEYOND = 1.5  # so many times as far as bars an interval reaches before it is cut
_BAR_MAX_PX, _GAP_PX, _WORDS_PX = 110.0, 14.0, 240.0
_ROW_PX, _TWO_ROWS_PX = 48.0, 94.0


class _Bar(NamedTuple):
    """A part of a loss: what it is, where it stands, and where it begins and ends [percent]."""

    colour: str
    left: float
    width: float
    begin: float
    end: float


class _Column(NamedTuple):
    """A measured thread count: its loss, its place, the middles of its bars, and their width."""

    point: Point
    place: int
    overhead_at: float
    total_at: float
    width: float


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
    """Draw the bars, their intervals, the effect that matters, and the words beside them."""
    scale, count = loss_scale(spec, summary), len(points)
    rows_px = 0.0 if count <= _WORDED else _TWO_ROWS_PX if count <= _NUMBERED else _ROW_PX
    top = scale.high + (scale.high - scale.low) * rows_px / (axes.bbox.height - rows_px)
    axes.set_xlim(-0.5, max(count, 1) - 0.5)
    axes.set_ylim(scale.low, top)
    columns = _columns(axes, points)
    _draw_bars(axes, columns, scale)
    axes.axhspan(-MIN_EFFECT_PERCENT, MIN_EFFECT_PERCENT, color=theme.MATTERS, zorder=0.5)
    axes.axhline(0, color=theme.INK, linewidth=1.4, zorder=4)
    _draw_intervals(axes, columns, scale)
    axes.set_ylim(scale.low, top)
    set_y_ticks(axes, scale.ticks, [tick_name(tick) for tick in scale.ticks])
    finish_threads_axis(axes, [point.threads for point in points])
    drawn = {column.place for column in columns}
    missing = {index: NOT_MEASURED for index in range(count) if index not in drawn}
    mark_missing(axes, missing, count, 0.0)
    if columns:
        write_key(axes, _key(spec, columns))
    if count <= _WORDED:
        _write_words(axes, columns, scale)
        return
    _write_rows(axes, columns, top, numbers=count <= _NUMBERED)
    if count > _NUMBERED:
        _write_cut(axes, columns, scale)
    middle = median_loss(summary.pooled, spec.metric, spec.batch_size)
    shown = middle if len(columns) >= _MIN_FOR_MEDIAN else None
    _label_sides(axes, shown, scale, summary.names["remote"])


def _columns(axes: Axes, points: Sequence[Point]) -> list[_Column]:
    column_px = axes.bbox.width / max(len(points), 1)
    words_px = _WORDS_PX if len(points) <= _WORDED else 0.0
    room_px = 0.84 * column_px - words_px - _GAP_PX * (words_px > 0)
    width = min(_BAR_MAX_PX, room_px / 2) / column_px
    left = -(2 * width + (_GAP_PX + words_px) / column_px) / 2
    return [
        _Column(point, index, index + left + width / 2, index + left + 1.5 * width, width)
        for index, point in enumerate(points)
        if point.measured
    ]


def _bars(columns: Sequence[_Column], scale: PercentScale) -> Iterator[_Bar]:
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


def _draw_bars(axes: Axes, columns: Sequence[_Column], scale: PercentScale) -> None:
    bars = list(_bars(columns, scale))
    if not bars:
        return
    heights = [bar.end - bar.begin for bar in bars]
    sns.barplot(x=range(len(bars)), y=heights, native_scale=True, errorbar=None, zorder=2, ax=axes)
    # seaborn starts every bar at zero and gives all one width.
    for patch, bar, height in zip(axes.patches, bars, heights, strict=True):
        patch.set(x=bar.left, width=bar.width, y=bar.begin, height=height, facecolor=bar.colour)


def _draw_intervals(axes: Axes, columns: Sequence[_Column], scale: PercentScale) -> None:
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
        mine = [
            (x, scale.clip(c.point.value))
            for x, c in zip(middles, columns, strict=True)
            if c.point.undecided is (face == theme.PAPER)
        ]
        axes.plot([x for x, _ in mine], [y for _, y in mine], **_mark("D", face))


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


def _key(spec: ChartSpec, columns: Sequence[_Column]) -> list[KeyEntry]:
    entries = [KeyEntry("loss", theme.INK, "D")]
    if any(column.point.split for column in columns):
        entries = [
            KeyEntry(OVERHEAD_NAMES[spec.metric], theme.SLOWER, "s"),
            KeyEntry("computing", theme.PART_COLOURS["slower compute"], "s"),
            KeyEntry("loss, their sum", theme.INK, "D"),
        ]
    return [*entries, KeyEntry(f"below {MIN_EFFECT_PERCENT:g}%", theme.GRID, "s")]


def _words(point: Point) -> VerdictWords:
    return verdict_words(point.verdict, point.value)


def _write_words(axes: Axes, columns: Sequence[_Column], scale: PercentScale) -> None:
    """Write the overhead beside its bar, and right of the bars the loss and its verdict."""
    height = scale.high - scale.low
    for column in columns:
        point = column.point
        right_px = axes.transData.transform((column.total_at + column.width / 2, 0))[0] + _GAP_PX
        x = float(axes.transData.inverted().transform((right_px, 0))[0])
        y = min(max(scale.clip(point.value), scale.low + 0.1 * height), scale.high - 0.1 * height)
        words = f"{signed_percent(point.value)}\n{_words(point).mark} {_words(point).word}"
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


def _write_rows(axes: Axes, columns: Sequence[_Column], top: float, *, numbers: bool) -> None:
    """Write each column's verdict above the bars, and its loss where there is room."""
    for column in columns:
        number = f"{signed_percent(column.point.value)}\n" if numbers else ""
        words = f"{number}{_words(column.point).mark}"
        _write(axes, words, column.place, top, theme.INK, ha="center", va="top")


def _write_cut(axes: Axes, columns: Sequence[_Column], scale: PercentScale) -> None:
    """Write the loss of each column that is cut, upright along its bar."""
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


def _label_sides(axes: Axes, middle: float | None, scale: PercentScale, remote: str) -> None:
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
