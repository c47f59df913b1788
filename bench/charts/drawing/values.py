"""Value charts: latency (log ms) and throughput (images/s from zero), local and remote lines.

The intervals of two arms may overlap although their difference, which comes from pairs, is clear.
So the overhead in a remote latency is shaded below its line, more strongly than the intervals.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bench.charts.drawing import theme
from bench.charts.drawing.canvas import finish_threads_axis, mark_missing, set_y_ticks
from bench.charts.drawing.key import KeyEntry, write_key
from bench.charts.drawing.labels import Label, place_labels
from bench.charts.drawing.scales import scale_log
from bench.charts.points import ChartSpec, Point
from bench.stats.verdict_words import NOT_MEASURED
from bench.text.numbers import number, plain

_ARMS = ("local", "remote")
_TWO = 2  # with more thread counts, labels at both ends of a line have no room
_FEW = 3  # with at most this many thread counts: error bars beside each other instead of bands
_SIDESTEP = 0.012
_RANGE_STEP = 0.08  # beside the marker, so that two arms' ranges do not hide each other
_LABEL_GAP_PX = 40.0
_TAIL_GAP_PX = 10.0
_LABEL_UNITS = {"ms": " ms", "images/s": "/s"}
_LARGEST, _SMALLEST_LOG = 1e12, 1e-9
_SHADE = 0.5


class _Dot(NamedTuple):
    """A point that can be drawn: its place, and its unbroken stretch of the line."""

    point: Point
    place: float
    stretch: int


def draw_values(
    axes: Axes, spec: ChartSpec, points: Sequence[Point], names: Mapping[str, str]
) -> None:
    """Draw one line for each arm, its intervals, the marks and the labels at the line ends.

    Parameters
    ----------
    axes : Axes
        Empty axes.
    spec : ChartSpec
        Which chart: latency [ms] or throughput [images/s].
    points : sequence of Point
        Those of :func:`bench.charts.points.chart_points`, for both arms.
    names : mapping of str to str
        The names of the arms ``local`` and ``remote``.
    """
    log = spec.metric == "latency"
    threads = sorted({point.threads for point in points})
    dots = _drawable(points, threads, log=log)
    if dots:
        _draw_lines(axes, dots)
        _draw_overheads(axes, dots, few=len(threads) <= _FEW)
        _draw_intervals(axes, dots, few=len(threads) <= _FEW)
        _draw_ranges(axes, dots)
    _scale(axes, dots, log=log)
    finish_threads_axis(axes, threads)
    mark_missing(axes, _missing(points, dots, threads), len(threads), axes.get_ylim()[0])
    _label_ends(axes, dots, spec, len(threads), names)
    if dots:
        write_key(axes, _key(dots, names))


def _drawable(points: Sequence[Point], threads: Sequence[int], *, log: bool) -> list[_Dot]:
    """Return the dots, by arm, then threads; a line breaks where a count was not measured."""
    step = _SIDESTEP * len(threads) if len(threads) <= _FEW else 0.0
    dots: list[_Dot] = []
    for arm, side in zip(_ARMS, (-step, step), strict=True):
        stretch = 0
        for index, point in enumerate(point for point in points if point.arm == arm):
            if _fits(point.value, log=log):
                dots.append(_Dot(point, index + side, stretch))
            else:
                stretch += 1
    return dots


def _fits(value: float, *, log: bool) -> bool:
    """Whether an axis can contain a value; other values are marked "off the scale"."""
    return abs(value) <= _LARGEST and (value >= _SMALLEST_LOG or not log)


def _draw_lines(axes: Axes, dots: Sequence[_Dot]) -> None:
    lines = _unbroken(dots)
    sns.lineplot(
        x=[dot.place for dot in dots],
        y=[dot.point.value for dot in dots],
        units=[index for index, line in enumerate(lines) for _ in line],
        estimator=None,
        errorbar=None,
        linewidth=2.0,
        markersize=5.5,
        markeredgecolor=theme.PAPER,
        markeredgewidth=0.7,
        zorder=3,
        ax=axes,
    )
    # Seaborn's hue and style would look up the rows of each line and take twice as long.
    for artist, line in zip(axes.lines, lines, strict=True):
        arm = line[0].point.arm
        artist.set(color=theme.ARM_COLOURS[arm], marker=theme.ARM_MARKERS[arm])


def _draw_overheads(axes: Axes, dots: Sequence[_Dot], *, few: bool) -> None:
    """Shade the overhead in each remote latency: from its value down to the rest."""
    known = [dot for dot in dots if dot.point.split]
    for line in _unbroken(known):
        places = [dot.place for dot in line]
        tops = [dot.point.value for dot in line]
        bottoms = [dot.point.value - dot.point.overhead for dot in line]
        colour = theme.ARM_COLOURS["remote"]
        if few:
            axes.vlines(places, bottoms, tops, colors=colour, lw=9, alpha=_SHADE, gid="overhead")
        else:
            axes.fill_between(
                places, bottoms, tops, color=colour, alpha=_SHADE, lw=0, zorder=2, gid="overhead"
            )


def _key(dots: Sequence[_Dot], names: Mapping[str, str]) -> list[KeyEntry]:
    arms = sorted({dot.point.arm for dot in dots})
    entries = [KeyEntry(names[arm], theme.ARM_COLOURS[arm], theme.ARM_MARKERS[arm]) for arm in arms]
    if any(dot.point.split for dot in dots):
        entries.append(KeyEntry("overhead, a part of remote", theme.OVERHEAD_SHADE, "s"))
    return entries


def _draw_intervals(axes: Axes, dots: Sequence[_Dot], *, few: bool) -> None:
    known = [dot for dot in dots if math.isfinite(dot.point.low + dot.point.high)]
    for line in _unbroken(known):
        places, lows, highs = zip(
            *((d.place, d.point.low, d.point.high) for d in line), strict=True
        )
        colour = theme.ARM_COLOURS[line[0].point.arm]
        if few:
            axes.vlines(places, lows, highs, colors=colour, lw=1.5, alpha=0.7)
        else:
            axes.fill_between(places, lows, highs, color=colour, alpha=0.12, lw=0, zorder=1.5)


def _unbroken(dots: Sequence[_Dot]) -> list[list[_Dot]]:
    """Return the dots of each arm's unbroken stretches, one list per stretch."""
    return [list(line) for _, line in groupby(dots, key=lambda dot: (dot.point.arm, dot.stretch))]


def _draw_ranges(axes: Axes, dots: Sequence[_Dot]) -> None:
    """Draw what single requests took from least to most: thin, so that it is no interval."""
    for arm, step in zip(_ARMS, (-_RANGE_STEP, _RANGE_STEP), strict=True):
        known = [dot for dot in dots if dot.point.arm == arm and dot.point.ranged]
        if not known:
            continue
        axes.vlines(
            [dot.place + step for dot in known],
            [dot.point.least for dot in known],
            [dot.point.most for dot in known],
            colors=theme.ARM_COLOURS[arm],
            lw=0.8,
            zorder=2,
            gid="range",
        )


def _scale(axes: Axes, dots: Sequence[_Dot], *, log: bool) -> None:
    points = [dot.point for dot in dots]
    numbers = (
        n for p in points for n in (p.value, p.low, p.high, p.least, p.most, p.value - p.overhead)
    )
    values = [number for number in numbers if _fits(number, log=log)]
    if not values:
        set_y_ticks(axes, [], [])  # an axis without data has no scale to show
    elif log:
        scale_log(axes, min(values), max(values))
    else:
        _scale_linear(axes, min(values), max(values))


def _scale_linear(axes: Axes, low: float, high: float) -> None:
    low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        high = 1.0
    ticks = MaxNLocator(nbins=5, steps=[1, 2, 5, 10]).tick_values(low, high)
    axes.set_ylim(low * 1.08, high * 1.08)
    inside = [float(tick) for tick in ticks if low * 1.08 <= tick <= high * 1.08]
    set_y_ticks(axes, inside, [plain(tick) for tick in inside])


def _missing(
    points: Sequence[Point], dots: Sequence[_Dot], threads: Sequence[int]
) -> dict[int, str]:
    """Return the words for the columns where an arm is not drawn, by index."""
    drawn_points = {dot.point for dot in dots}
    words = {}
    for index, count in enumerate(threads):
        absent = [p for p in points if p.threads == count and p not in drawn_points]
        if absent:
            reason = "off the scale" if any(point.measured for point in absent) else NOT_MEASURED
            words[index] = reason if len(absent) == len(_ARMS) else f"{absent[0].arm} {reason}"
    return words


def _label_ends(
    axes: Axes, dots: Sequence[_Dot], spec: ChartSpec, count: int, names: Mapping[str, str]
) -> None:
    lines = [list(line) for _, line in groupby(dots, key=lambda dot: dot.point.arm)]
    if not lines:
        return
    ends = [line[-1] for line in lines]
    tail = max(_pixel(axes, dot)[0] for dot in ends) + _TAIL_GAP_PX
    column = tail + _LABEL_GAP_PX if count <= theme.WORDED else theme.SIDE_LABEL_PX
    heads = [f"{names[dot.point.arm]}\n" for dot in ends]
    place_labels(axes, _labels(axes, ends, heads, spec, tail), column)
    starts = [line[0] for line in lines if len(line) > 1]
    if starts and count == _TWO:
        tail = min(_pixel(axes, dot)[0] for dot in starts) - _TAIL_GAP_PX
        labels = _labels(axes, starts, [""] * len(starts), spec, tail)
        place_labels(axes, labels, tail - _LABEL_GAP_PX, align="right")


def _labels(
    axes: Axes, dots: Sequence[_Dot], heads: Sequence[str], spec: ChartSpec, tail: float
) -> list[Label]:
    labels = []
    for dot, head in zip(dots, heads, strict=True):
        y = _pixel(axes, dot)[1]
        text = f"{head}{number(dot.point.value)}{_LABEL_UNITS[spec.unit]}"
        labels.append(Label(text, theme.ARM_TEXT_COLOURS[dot.point.arm], y, (tail, y)))
    return labels


def _pixel(axes: Axes, dot: _Dot) -> tuple[float, float]:
    x, y = axes.transData.transform((dot.place, dot.point.value))
    return float(x), float(y)
