"""The chart of the overhead against batch size: in ms, and in percent of the local latency."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench.charts.chart import LEAD, Chart
from bench.charts.parts import where
from bench.records import Cell
from bench.stats.cells import CellSummary, Summary
from bench.stats.estimate import Estimate
from bench.text.numbers import number, share, significant
from bench.units import ns_to_ms

MS, PERCENT = "ms", "%"


class OverheadPoint(NamedTuple):
    """The overhead of a cell, with its interval where there is one."""

    cell: Cell
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Overheads:
    """The overheads of all cells, in both units.

    ``wire_ms`` is how long the bits of a request are on the wire, by batch size [ms]; empty where
    the rate of the link is not known.
    """

    summary: Summary
    in_ms: tuple[OverheadPoint, ...]
    in_percent: tuple[OverheadPoint, ...]
    wire_ms: Mapping[int, float]


def overhead_chart(summary: Summary, wire_ms: Mapping[int, float], note: str) -> Chart | None:
    """Return the chart; None where no overhead is known, or there is one batch size only.

    Parameters
    ----------
    wire_ms : mapping of int to float
        How long the bits of a request are on the wire, by batch size [ms], where that is known.
    note : str
        A warning written on the picture; empty: no warning.
    """
    in_ms = _points([(c, _in_ms(c.overhead.overhead_ns)) for c in summary.cells])
    in_percent = _points([(c, c.overhead.overhead_percent) for c in summary.cells])
    if len(summary.batch_sizes) == 1 or not in_ms or not in_percent:
        return None
    return Chart(
        slug="lead-overhead",
        title="Overhead by batch size",
        alt="Overhead of a remote request, in ms and in percent of the local latency, by batch "
        "size, for each thread count",
        caption=_caption(in_ms, in_percent, wire_ms),
        source="summary.csv, overhead_*",
        values=_values(in_ms, in_percent, wire_ms),
        content=Overheads(summary, in_ms, in_percent, wire_ms),
        note=note,
        role=LEAD,
    )


def _in_ms(estimate: Estimate | None) -> Estimate | None:
    return None if estimate is None else estimate.mapped(ns_to_ms)


def _points(
    cells: Sequence[tuple[CellSummary, Estimate | None]],
) -> tuple[OverheadPoint, ...]:
    return tuple(
        OverheadPoint(cell.cell, estimate.point, estimate.low, estimate.high)
        for cell, estimate in cells
        if estimate is not None and math.isfinite(estimate.point)
    )


def _values(
    in_ms: Sequence[OverheadPoint],
    in_percent: Sequence[OverheadPoint],
    wire_ms: Mapping[int, float],
) -> dict[str, object]:
    rows = [
        {
            "batch_size": point.cell.batch_size,
            "threads": point.cell.threads,
            "unit": unit,
            "value": significant(point.value),
            "low": None if point.low is None else significant(point.low),
            "high": None if point.high is None else significant(point.high),
        }
        for unit, points in ((MS, in_ms), (PERCENT, in_percent))
        for point in points
    ]
    lines = [{"batch_size": size, "ms": significant(ms)} for size, ms in wire_ms.items()]
    return {"kind": "overhead", "parts": rows, "wire": lines}


def _caption(
    in_ms: Sequence[OverheadPoint],
    in_percent: Sequence[OverheadPoint],
    wire_ms: Mapping[int, float],
) -> str:
    dashed = "; dashed: how long its bits are on the wire" if wire_ms else ""
    return (
        f"Outside of computing a remote request takes {_range(in_ms, _in_words)} more than a local "
        f"one: {_range(in_percent, share)} of the local latency{dashed}."
    )


def _range(points: Sequence[OverheadPoint], words: Callable[[float], str]) -> str:
    ordered = sorted(points, key=lambda point: point.value)
    return " to ".join(f"{words(p.value)} ({where(p.cell)})" for p in (ordered[0], ordered[-1]))


def _in_words(milliseconds: float) -> str:
    return f"{number(milliseconds)} ms"
