"""Speed-up over threads: how many times as fast each arm becomes, beside the ideal."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bench.charts import theme
from bench.charts.canvas import set_y_ticks
from bench.charts.catalog import Point, evidence
from bench.charts.chart import Picture, thread_counts
from bench.charts.facets import Facets, KeyEntry, Row, Words, mark_empty_panels, new_facets
from bench.stats.estimate import LEVEL, CellSummary, Estimate, Summary
from bench.text.numbers import TIMES, counted, number, plain, significant, times

_SIDES = {"local": -0.16, "remote": 0.16}  # of a column: equal values must not hide each other
_MARKER_MAX_PT, _MARKER_PER_PX = 5.5, 0.3
_BAR_MAX_PT, _BAR_PER_PX = 4.0, 0.09
_IDEAL_REACH = 0.45
_AIR = 0.04


class Gain(NamedTuple):
    """A speed-up of one arm of a cell, as a multiple of its speed with the fewest threads."""

    batch_size: int
    point: Point


def speedup_picture(summary: Summary) -> Picture | None:
    """Return the chart of speed-ups; None where there is one thread count, or no samples."""
    gains = [
        Gain(cell.batch_size, _point(cell, arm, estimate))
        for cell in summary.cells
        for arm, estimate in (("local", cell.speedup_local), ("remote", cell.speedup_remote))
        if estimate is not None
    ]
    if not gains:
        return None
    return Picture(
        name="speedup",
        alt="Speed-up over threads, local and remote, for each batch size",
        caption=_caption(summary, gains),
        source="details.csv, speedup_*",
        values=_values(gains),
        paint=lambda: _paint(summary, gains),
    )


def _point(cell: CellSummary, arm: str, estimate: Estimate) -> Point:
    low, high = estimate.low, estimate.high
    if low is None or high is None:
        low = high = math.nan
    verdict = cell.latency_verdict
    return Point(cell.threads, arm, estimate.point, low, high, estimate.n, verdict)


def _values(gains: Sequence[Gain]) -> dict[str, object]:
    rows = [
        {
            "batch_size": size,
            "threads": point.threads,
            "arm": point.arm,
            "value": significant(point.value),
            "low": None if point.bare else significant(point.low),
            "high": None if point.bare else significant(point.high),
        }
        for size, point in gains
    ]
    return {"kind": "speedup", "unit": TIMES, "parts": rows}


def _paint(summary: Summary, gains: Sequence[Gain]) -> Axes:
    fewest, *threads = thread_counts(summary)
    points = [point for _, point in gains]
    facets = new_facets(
        Words(
            "Speed-up over threads",
            f"times as fast as the same arm with {counted(fewest, 'thread')}; higher is better",
            f"{evidence(points, f'bars are {LEVEL:.0%} intervals')}; "
            f"numbers: at {counted(threads[-1], 'thread')}",
        ),
        [
            *(KeyEntry(a, theme.ARM_COLOURS[a], theme.ARM_MARKERS[a]) for a in _SIDES),
            KeyEntry("ideal: as many times as there are threads", theme.MUTED, "_"),
        ],
        [
            Row(arm, theme.ARM_TEXT_COLOURS[arm], _numbers(gains, arm, threads[-1]))
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
    mark_empty_panels(facets, {(g.batch_size, g.point.threads) for g in gains}, summary)
    return facets.axes


def _numbers(gains: Sequence[Gain], arm: str, threads: int) -> dict[int, str]:
    return {
        size: times(point.value)
        for size, point in gains
        if (point.arm, point.threads) == (arm, threads)
    }


def _draw_ideals(facets: Facets, ideals: Mapping[int, float]) -> None:
    places = [facets.place(size, threads) for size in facets.batch_sizes for threads in ideals]
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
    found = {(gain.batch_size, gain.point.threads): gain.point for gain in gains}
    places, values = [], []
    for size in facets.batch_sizes:
        for threads in facets.threads:
            places.append(facets.place(size, threads) + _SIDES[arm])
            values.append(found[size, threads].value if (size, threads) in found else math.nan)
        places.append(math.nan)  # a line ends with its panel
        values.append(math.nan)
    colour = theme.ARM_COLOURS[arm]
    facets.axes.plot(places, values, color=colour, linewidth=1.5, zorder=3)
    sure = {cell: point for cell, point in found.items() if not point.bare}
    facets.axes.vlines(
        [facets.place(*cell) + _SIDES[arm] for cell in sure],
        [point.low for point in sure.values()],
        [point.high for point in sure.values()],
        colors=colour,
        linewidth=min(_BAR_MAX_PT, _BAR_PER_PX * facets.column_px),
        alpha=0.35,
        zorder=2.5,
    )
    for hollow in (False, True):
        mine = {cell: point for cell, point in found.items() if point.bare is hollow}
        facets.axes.plot(
            [facets.place(*cell) + _SIDES[arm] for cell in mine],
            [point.value for point in mine.values()],
            linestyle="none",
            marker=theme.ARM_MARKERS[arm],
            markersize=min(_MARKER_MAX_PT, _MARKER_PER_PX * facets.column_px),
            markerfacecolor=theme.PAPER if hollow else colour,
            markeredgecolor=colour,
            markeredgewidth=1.0 if hollow else 0.0,
            zorder=4,
        )


def _scale(axes: Axes, low: float, high: float) -> None:
    """Scale from the speed of the fewest threads, a line of its own, to the ideal."""
    axes.axhline(1, color=theme.INK, linewidth=1.4, zorder=1.5)
    air = _AIR * (high - low)
    low, high = low - air, high + air
    axes.set_ylim(low, high)
    wanted = MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    ticks = [float(tick) for tick in wanted if low <= tick <= high]
    set_y_ticks(axes, ticks, [f"{plain(tick)}{TIMES}" for tick in ticks])


def _caption(summary: Summary, gains: Sequence[Gain]) -> str:
    fewest, *_, most = thread_counts(summary)
    said = []
    for arm in _SIDES:
        mine = [g for g in gains if (g.point.arm, g.point.threads) == (arm, most)]
        if mine:
            ordered = sorted(mine, key=lambda gain: gain.point.value)
            said.append(f"{arm} {_at(ordered[0])} to {_at(ordered[-1])}")
    return (
        f"With {counted(most, 'thread')} instead of {fewest}: {', '.join(said)} times as fast; "
        f"ideal would be {number(most / fewest)}."
    )


def _at(gain: Gain) -> str:
    return f"{number(gain.point.value)} (batch {gain.batch_size})"
