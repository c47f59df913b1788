"""The charts of the overhead against batch size: in ms, and in percent of the local latency."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench.charts.chart import Chart
from bench.charts.parts import where
from bench.records import Cell
from bench.stats.estimate import CellSummary, Estimate, Summary
from bench.text.numbers import number, significant
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
    """The overheads of all cells in one unit, ``ms`` or ``%``.

    ``wire`` is how long the bits of a request are on the wire, by batch size [ms]; empty in
    percent, and where the rate of the link is not known. ``effect_percent`` is the effect that
    matters.
    """

    summary: Summary
    unit: str
    points: tuple[OverheadPoint, ...]
    wire: Mapping[int, float]
    effect_percent: float


def overhead_charts(
    summary: Summary, wire_ms: Mapping[int, float], effect_percent: float, note: str
) -> tuple[Chart, ...]:
    """Return both charts; none where no overhead is known, or there is one batch size only.

    Parameters
    ----------
    wire_ms : mapping of int to float
        How long the bits of a request are on the wire, by batch size [ms], where that is known.
    effect_percent : float
        The effect that matters.
    """
    if len(summary.batch_sizes) == 1:
        return ()
    in_ms = [(c, _in_ms(c.overhead.overhead_ns)) for c in summary.cells]
    in_percent = [(c, c.overhead.overhead_percent) for c in summary.cells]
    found = (
        _chart(Overheads(summary, MS, _points(in_ms), wire_ms, effect_percent), note),
        _chart(Overheads(summary, PERCENT, _points(in_percent), {}, effect_percent), note),
    )
    return tuple(chart for chart in found if chart is not None)


def _chart(content: Overheads, note: str) -> Chart | None:
    points, unit, wire = content.points, content.unit, content.wire
    if not points:
        return None
    name, scale = ("ms", "in ms") if unit == MS else ("percent", "in percent of the local latency")
    return Chart(
        slug=f"lead-overhead-{name}",
        title="Overhead by batch size",
        alt=f"Overhead of a remote request {scale}, by batch size, for each thread count",
        caption=_caption(points, unit, wire),
        source="summary.csv, overhead_*",
        values=_values(points, unit, wire),
        content=content,
        note=note,
        lead=True,
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
    points: Sequence[OverheadPoint], unit: str, wire: Mapping[int, float]
) -> dict[str, object]:
    rows = [
        {
            "batch_size": point.cell.batch_size,
            "threads": point.cell.threads,
            "value": significant(point.value),
            "low": None if point.low is None else significant(point.low),
            "high": None if point.high is None else significant(point.high),
        }
        for point in points
    ]
    lines = [{"batch_size": size, "value": significant(ms)} for size, ms in wire.items()]
    return {"kind": "overhead", "unit": unit, "parts": rows, "wire": lines}


def _caption(points: Sequence[OverheadPoint], unit: str, wire: Mapping[int, float]) -> str:
    ordered = sorted(points, key=lambda point: point.value)
    least, most = ordered[0], ordered[-1]
    of_what = "" if unit == MS else " of the local latency"
    range_words = f"{_at(least, unit)} to {_at(most, unit)}{of_what}"
    sentence = f"Outside of computing a remote request takes {range_words} more than a local one"
    dashed = "; dashed: how long its bits are on the wire" if wire else ""
    return f"{sentence}{dashed}."


def _at(point: OverheadPoint, unit: str) -> str:
    space = " " if unit == MS else ""
    return f"{number(point.value)}{space}{unit} ({where(point.cell)})"
