"""Speed-up over threads: how many times as fast each arm becomes, beside the ideal."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bench.charts.captions import evidence
from bench.charts.drawing import theme
from bench.charts.drawing.canvas import set_y_ticks
from bench.charts.drawing.facets import (
    Facets,
    PanelRow,
    Words,
    mark_empty_panels,
    new_facets,
)
from bench.charts.drawing.key import KeyEntry
from bench.charts.points import thread_counts
from bench.charts.speedup import Gain, Gains
from bench.records import Cell
from bench.stats.estimate import LEVEL
from bench.text.numbers import TIMES, counted, plain, times

_SIDES = {"local": -0.16, "remote": 0.16}  # of a column: equal values must not hide each other
_MARKER_MAX_PT, _MARKER_PER_PX = 5.5, 0.3
_BAR_MAX_PT, _BAR_PER_PX = 4.0, 0.09
_IDEAL_REACH = 0.45
_AIR = 0.04


def draw_gains(title: str, content: Gains) -> Axes:
    """Draw the speed-ups of all cells on a fresh sheet."""
    summary, gains = content.summary, content.gains
    fewest, *threads = thread_counts(summary)
    points = [point for _, point in gains]
    facets = new_facets(
        Words(
            title,
            f"times as fast as the same arm with {counted(fewest, 'thread')}",
            f"{evidence(points, f'{LEVEL:.0%} intervals')}; "
            f"numbers: {counted(threads[-1], 'thread')}",
        ),
        [
            *(KeyEntry(a, theme.ARM_COLOURS[a], theme.ARM_MARKERS[a]) for a in _SIDES),
            KeyEntry("ideal: as many times as threads", theme.MUTED, "_"),
        ],
        [
            PanelRow(arm, theme.ARM_TEXT_COLOURS[arm], _numbers(gains, arm, threads[-1]))
            for arm in _SIDES
        ],
        summary.batch_sizes,
        threads,
    )
    ideals = {count: count / fewest for count in threads}
    _draw_ideals(facets, ideals)
    for arm in _SIDES:
        _draw_arm(facets, [gain for gain in gains if gain.point.arm == arm], arm)
    ends = [end for p in points for end in (p.value, p.low, p.high) if not math.isnan(end)]
    _scale(facets.axes, min(1.0, *ends), max(*ideals.values(), *ends))
    mark_empty_panels(facets, {_cell(gain) for gain in gains}, summary)
    return facets.axes


def _numbers(gains: Sequence[Gain], arm: str, threads: int) -> dict[int, str]:
    return {
        size: times(point.value)
        for size, point in gains
        if (point.arm, point.threads) == (arm, threads)
    }


def _cell(gain: Gain) -> Cell:
    return Cell(batch_size=gain.batch_size, threads=gain.point.threads)


def _draw_ideals(facets: Facets, ideals: Mapping[int, float]) -> None:
    places = [
        facets.place(Cell(batch_size=size, threads=threads))
        for size in facets.batch_sizes
        for threads in ideals
    ]
    facets.axes.hlines(
        list(ideals.values()) * len(facets.batch_sizes),
        [place - _IDEAL_REACH for place in places],
        [place + _IDEAL_REACH for place in places],
        colors=theme.MUTED,
        linewidth=1.3,
        zorder=2,
    )


def _draw_arm(facets: Facets, gains: Sequence[Gain], arm: str) -> None:
    """Draw an arm's line, broken where a cell is missing, its intervals and its markers."""
    points = {_cell(gain): gain.point for gain in gains}
    places, values = [], []
    for size in facets.batch_sizes:
        for cell in [Cell(batch_size=size, threads=threads) for threads in facets.threads]:
            places.append(facets.place(cell) + _SIDES[arm])
            values.append(points[cell].value if cell in points else math.nan)
        places.append(math.nan)  # a line ends with its panel
        values.append(math.nan)
    colour = theme.ARM_COLOURS[arm]
    facets.axes.plot(places, values, color=colour, linewidth=1.5, zorder=3)
    sure = {cell: point for cell, point in points.items() if not point.bare}
    facets.axes.vlines(
        [facets.place(cell) + _SIDES[arm] for cell in sure],
        [point.low for point in sure.values()],
        [point.high for point in sure.values()],
        colors=colour,
        linewidth=min(_BAR_MAX_PT, _BAR_PER_PX * facets.column_px),
        alpha=0.35,
        zorder=2.5,
    )
    for hollow in (False, True):
        marks = {cell: point for cell, point in points.items() if point.bare is hollow}
        facets.axes.plot(
            [facets.place(cell) + _SIDES[arm] for cell in marks],
            [point.value for point in marks.values()],
            linestyle="none",
            marker=theme.ARM_MARKERS[arm],
            markersize=min(_MARKER_MAX_PT, _MARKER_PER_PX * facets.column_px),
            markerfacecolor=theme.PAPER if hollow else colour,
            markeredgecolor=colour,
            markeredgewidth=1.0 if hollow else 0.0,
            zorder=4,
        )


def _scale(axes: Axes, low: float, high: float) -> None:
    """Set the scale, from the speed with the fewest threads, which gets a line, to the ideal."""
    axes.axhline(1, color=theme.INK, linewidth=1.4, zorder=1.5)
    air = _AIR * (high - low)
    low, high = low - air, high + air
    axes.set_ylim(low, high)
    candidates = MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    ticks = [float(tick) for tick in candidates if low <= tick <= high]
    set_y_ticks(axes, ticks, [f"{plain(tick)}{TIMES}" for tick in ticks])
