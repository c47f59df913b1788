"""The chart of the speed-up over threads: how many times as fast each arm becomes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench.charts.chart import Chart
from bench.charts.points import Point, thread_counts
from bench.stats.cells import ARMS, CellSummary, Summary
from bench.stats.estimate import Estimate
from bench.text.numbers import TIMES, counted, number, significant


class Gain(NamedTuple):
    """A speed-up of one arm of a cell, as a multiple of its speed with the fewest threads."""

    batch_size: int
    point: Point


@dataclass(frozen=True, slots=True)
class Gains:
    """The speed-ups of all cells that have one."""

    summary: Summary
    gains: tuple[Gain, ...]


def speedup_chart(summary: Summary, note: str) -> Chart | None:
    """Return the chart of speed-ups; None where there is one thread count, or no samples."""
    gains = tuple(
        Gain(cell.batch_size, _point(cell, arm, estimate))
        for cell in summary.cells
        for arm in ARMS
        if (estimate := cell.arms[arm].speedup) is not None
    )
    if not gains:
        return None
    return Chart(
        slug="more-speedup",
        title="Speed-up over threads",
        alt="Speed-up over threads, local and remote, for each batch size",
        caption=_caption(summary, gains),
        source="details.csv, speedup_*",
        values=_values(gains),
        content=Gains(summary, gains),
        note=note,
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


def _caption(summary: Summary, gains: Sequence[Gain]) -> str:
    fewest, *_, most = thread_counts(summary)
    ranges = []
    for arm in ARMS:
        arm_gains = [g for g in gains if (g.point.arm, g.point.threads) == (arm, most)]
        if arm_gains:
            ordered = sorted(arm_gains, key=lambda gain: gain.point.value)
            ranges.append(f"{arm} {_at(ordered[0])} to {_at(ordered[-1])}")
    return (
        f"With {counted(most, 'thread')} instead of {fewest}: {', '.join(ranges)} times as fast; "
        f"ideal would be {number(most / fewest)}."
    )


def _at(gain: Gain) -> str:
    return f"{number(gain.point.value)} (batch {gain.batch_size})"
