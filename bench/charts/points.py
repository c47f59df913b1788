"""The points of a chart of one batch size: a value, or a loss, for each thread count and arm."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from bench.records import Cell
from bench.stats.cells import ARMS, ArmSummary, CellSummary, Summary
from bench.stats.estimate import MIN_INTERVAL_BLOCKS, Estimate
from bench.stats.verdict_words import EXPLORATORY, IMPORTED, UNDECIDED
from bench.text.numbers import counted, significant
from bench.units import ns_to_ms

Metric = Literal["latency", "throughput"]

_RANGE = ("least", "most")
_UNITS = {"latency": "ms", "throughput": "images/s"}
_OVERHEAD = ("overhead", "overhead_low", "overhead_high")
_OPEN_VERDICTS = (UNDECIDED, EXPLORATORY, IMPORTED)


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """One chart of one batch size: a metric, and whether it shows values or the loss."""

    metric: Metric
    ratio: bool
    batch_size: int

    @property
    def kind(self) -> str:
        """The chart's family: ``latency``, ``latency-ratio``, and so on."""
        return f"{self.metric}-ratio" if self.ratio else self.metric

    @property
    def topic(self) -> str:
        """What is drawn, in words: ``latency``, ``latency loss``, and so on."""
        return f"{self.metric} loss" if self.ratio else self.metric

    @property
    def unit(self) -> str:
        """The unit of what is drawn: ``ms``, ``images/s`` or ``%``."""
        return "%" if self.ratio else _UNITS[self.metric]

    def slug(self, prefix: str) -> str:
        """Return the chart's name, such as ``resnet-latency-ratio-16``."""
        return f"{prefix}-{self.kind}-{self.batch_size}"


@dataclass(frozen=True, slots=True)
class Seed:
    """A chart in the page's text; the scale of a loss comes from all batch sizes."""

    spec: ChartSpec
    summary: Summary


def chart_specs(batch_sizes: Iterable[int]) -> tuple[ChartSpec, ...]:
    """Return all charts, by kind, then batch size: the order in which the page shows them."""
    sizes = tuple(sorted(batch_sizes))
    return tuple(
        ChartSpec(metric, ratio, size)
        for metric in get_args(Metric)
        for ratio in (False, True)
        for size in sizes
    )


class Point(NamedTuple):
    """What a chart draws for one thread count and arm: ms, images/s or percent.

    ``value`` is NaN where nothing was measured; ``low`` and ``high`` also where there are too
    few blocks for an interval. A loss has the arm ``remote``. ``least`` and ``most`` are the range
    of single requests, NaN where it is not known.

    ``overhead`` is the part of a remote latency [ms] or of a loss [percent] that is not computing:
    of a loss of throughput, what waiting costs, which has no interval. NaN where it is not known.
    """

    threads: int
    arm: str
    value: float
    low: float
    high: float
    blocks: int
    verdict: str
    least: float = math.nan
    most: float = math.nan
    overhead: float = math.nan
    overhead_low: float = math.nan
    overhead_high: float = math.nan

    @property
    def measured(self) -> bool:
        """Whether there is a value at all."""
        return not math.isnan(self.value)

    @property
    def bare(self) -> bool:
        """Whether there is no interval."""
        return math.isnan(self.low)

    @property
    def ranged(self) -> bool:
        """Whether the range of single requests is known."""
        return not math.isnan(self.least)

    @property
    def split(self) -> bool:
        """Whether it is known which part of the value is overhead."""
        return not math.isnan(self.overhead)

    @property
    def undecided(self) -> bool:
        """Whether a loss has no interval, or a verdict that decides nothing."""
        return self.bare or self.verdict in _OPEN_VERDICTS


def chart_points(spec: ChartSpec, summary: Summary) -> list[Point]:
    """Return what a chart draws: a point for each planned thread count and arm, in this order."""
    cells = [cell for cell in summary.cells if cell.batch_size == spec.batch_size]
    return [
        point
        for cell in sorted(cells, key=lambda cell: cell.threads)
        for point in (_losses(spec, cell) if spec.ratio else _values(spec, cell))
    ]


def loss_points(summary: Summary) -> dict[Cell, Point]:
    """Return the latency loss of each measured cell."""
    return {
        Cell(batch_size=size, threads=point.threads): point
        for size in summary.batch_sizes
        for point in chart_points(ChartSpec("latency", ratio=True, batch_size=size), summary)
        if point.measured
    }


def thread_counts(summary: Summary) -> list[int]:
    """Return the planned thread counts, ascending."""
    return sorted({cell.threads for cell in summary.cells})


def max_threads_text(summary: Summary) -> str:
    """Return the largest thread count in words, for which a table gives its numbers."""
    return counted(thread_counts(summary)[-1], "thread")


def chart_values(spec: ChartSpec, summary: Summary) -> dict[str, Any]:
    """Return the values of a chart, ready for JSON; they are stored in its PNG.

    Numbers have 6 significant digits; None is not measured (or no interval), and an infinite
    value is the string ``inf`` or ``-inf``, for which JSON has no number. A range, or an overhead,
    is there only where it is known.
    """
    points = [
        {
            name: _json_value(value)
            for name, value in point._asdict().items()
            if (name not in _RANGE or point.ranged) and (name not in _OVERHEAD or point.split)
        }
        for point in chart_points(spec, summary)
    ]
    head = {"kind": spec.kind, "batch_size": spec.batch_size, "unit": spec.unit}
    return {**head, "points": points}


def _losses(spec: ChartSpec, cell: CellSummary) -> list[Point]:
    loss, overhead = cell.loss_percent(spec.metric), cell.overhead
    point = Point(cell.threads, "remote", *_numbers(loss), cell.verdict(spec.metric))
    if not point.measured:
        return [point]
    if spec.metric == "throughput":
        waiting = overhead.waiting_percent
        return [point if waiting is None else point._replace(overhead=waiting)]
    return [_with_overhead(point, overhead.overhead_percent)]


def _values(spec: ChartSpec, cell: CellSummary) -> list[Point]:
    verdict = cell.verdict(spec.metric)
    points = [
        Point(cell.threads, arm, *_arm_numbers(spec, cell.arms[arm]), verdict, *ends)
        for arm in ARMS
        for ends in [_range(spec, cell.arms[arm])]
    ]
    overhead_ns = cell.overhead.overhead_ns
    if spec.metric == "latency" and overhead_ns is not None and points[-1].measured:
        points[-1] = _with_overhead(points[-1], overhead_ns.mapped(ns_to_ms))
    return points


def _with_overhead(point: Point, overhead: Estimate | None) -> Point:
    if overhead is None:
        return point
    low, high = (math.nan if end is None else end for end in (overhead.low, overhead.high))
    return point._replace(overhead=overhead.point, overhead_low=low, overhead_high=high)


def _arm_numbers(spec: ChartSpec, arm: ArmSummary) -> tuple[float, float, float, int]:
    if spec.metric == "throughput":
        return _numbers(arm.throughput_ips)
    *values, blocks = _numbers(arm.latency_ns)
    point, low, high = map(ns_to_ms, values)
    return point, low, high, blocks


def _numbers(estimate: Estimate | None) -> tuple[float, float, float, int]:
    if estimate is None:
        return math.nan, math.nan, math.nan, 0
    low, high = estimate.low, estimate.high
    if low is None or high is None or estimate.n < MIN_INTERVAL_BLOCKS:
        low = high = math.nan
    return float(estimate.point), float(low), float(high), estimate.n


def _range(spec: ChartSpec, arm: ArmSummary) -> tuple[float, float]:
    if spec.metric != "latency" or arm.range_ns is None:
        return math.nan, math.nan
    return ns_to_ms(arm.range_ns.least), ns_to_ms(arm.range_ns.most)


def _json_value(value: str | float) -> str | float | None:
    if not isinstance(value, float) or math.isinf(value):
        return str(value) if isinstance(value, float) else value
    return None if math.isnan(value) else significant(value)
