"""The catalog: which charts there are, the data that each one draws, and its caption."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, NamedTuple, get_args

from bench.stats.estimate import (
    EXPLORATORY,
    IMPORTED,
    LEVEL,
    NOT_MEASURED,
    UNDECIDED,
    CellSummary,
    Estimate,
    Summary,
)
from bench.text.numbers import counted, number, percent, signed_percent, significant
from bench.units import ns_to_ms

Metric = Literal["latency", "throughput"]

MIN_BLOCKS_FOR_INTERVAL = 6
_BLOCKS_FOR_VERDICT = 10
_WIDE_PERCENT = 2.0  # half-width of an interval that is too wide to decide
_RANGE = ("least", "most")
_SPELLED_OUT = 3  # up to so many thread counts, a caption names each of them
_UNITS = {"latency": "ms", "throughput": "images/s"}
_WORSE_BETTER = {"latency": ("slower", "faster"), "throughput": ("lower", "higher")}


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """One chart: a metric, whether it shows values or the loss, and a batch size."""

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

    def file_name(self, prefix: str) -> str:
        """Return the picture's name, such as ``resnet-latency-ratio-16.png``."""
        return f"{prefix}-{self.kind}-{self.batch_size}.png"


class Words(NamedTuple):
    """What a page says of an extra chart, and its file."""

    name: str
    file_name: str
    alt: str
    caption: str
    source: str


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


def chart_points(spec: ChartSpec, summary: Summary) -> list[Point]:
    """Return what a chart draws: a point for each planned thread count and arm, in this order."""
    cells = [cell for cell in summary.cells if cell.batch_size == spec.batch_size]
    return [
        Point(
            cell.threads,
            arm,
            *_numbers(spec, estimate),
            _verdict(spec, cell),
            *_range(spec, cell, arm),
        )
        for cell in sorted(cells, key=lambda cell: cell.threads)
        for arm, estimate in _estimates(spec, cell)
    ]


def look(point: Point) -> str:
    """Return the word for how a measured point's bar looks; a key of the colours in losses.py."""
    if point.bare or point.verdict == EXPLORATORY:
        return EXPLORATORY
    side = "slower" if point.value >= 0 else "faster"
    half_width = (point.high - point.low) / 2
    imprecise = point.blocks < _BLOCKS_FOR_VERDICT or half_width > _WIDE_PERCENT
    if point.verdict == UNDECIDED and imprecise:
        return f"{side} hollow"
    return f"{side} pale" if point.low < 0 < point.high else side


def chart_values(spec: ChartSpec, summary: Summary) -> dict[str, Any]:
    """Return what a chart says, ready for JSON; the picture carries it along.

    Numbers have 6 significant digits; None is not measured (or no interval), and an infinite
    value is the string ``inf`` or ``-inf``, for which JSON has no number. A range is there only
    where it is known.
    """
    points = [
        {
            name: _json_value(value)
            for name, value in point._asdict().items()
            if name not in _RANGE or point.ranged
        }
        for point in chart_points(spec, summary)
    ]
    head = {"kind": spec.kind, "batch_size": spec.batch_size, "unit": spec.unit}
    return {**head, "points": points}


def caption(spec: ChartSpec, summary: Summary) -> str:
    """Return what a chart shows as one sentence in plain words."""
    points = chart_points(spec, summary)
    measured = [point for point in points if point.measured]
    if not measured:
        return f"Batch {spec.batch_size}: {spec.topic} {NOT_MEASURED}."
    said = (_loss_words if spec.ratio else _value_words)(spec, measured)
    if missing := sorted({point.threads for point in points if not point.measured}):
        said += f"; {_thread_list(missing)} {NOT_MEASURED}"
    topic = "" if spec.kind == "latency-ratio" else f" {spec.metric}"
    return f"Batch {spec.batch_size}{topic}: {said} ({evidence(measured)})."


def evidence(measured: Sequence[Point], intervals: str = f"{LEVEL:.0%} intervals") -> str:
    """Return on how much measured points rest: ``10 blocks, 95% intervals``."""
    if all(point.verdict == IMPORTED or not point.blocks for point in measured):
        lines = "; thin lines: range of single requests" if any(p.ranged for p in measured) else ""
        return f"{IMPORTED} means, no interval{lines}"
    fewest, most = min(p.blocks for p in measured), max(p.blocks for p in measured)
    blocks = counted(most, "block") if fewest == most else f"{fewest} to {most} blocks"
    if all(point.bare for point in measured):
        return f"{EXPLORATORY}: {blocks}, no interval"
    if any(point.bare for point in measured):
        return f"{blocks}, {intervals}; {EXPLORATORY} where there is none"
    return f"{blocks}, {intervals}"


def _estimates(spec: ChartSpec, cell: CellSummary) -> list[tuple[str, Estimate | None]]:
    if spec.kind == "latency":
        return [("local", cell.latency_local_ns), ("remote", cell.latency_remote_ns)]
    if spec.kind == "throughput":
        return [("local", cell.throughput_local_ips), ("remote", cell.throughput_remote_ips)]
    if spec.kind == "latency-ratio":
        return [("remote", cell.latency_loss_percent)]
    return [("remote", cell.throughput_loss_percent)]


def _verdict(spec: ChartSpec, cell: CellSummary) -> str:
    return cell.latency_verdict if spec.metric == "latency" else cell.throughput_verdict


def _numbers(spec: ChartSpec, estimate: Estimate | None) -> tuple[float, float, float, int]:
    if estimate is None:
        return math.nan, math.nan, math.nan, 0
    low, high = estimate.low, estimate.high
    if low is None or high is None or estimate.n < MIN_BLOCKS_FOR_INTERVAL:
        low = high = math.nan
    point, low, high = (
        ns_to_ms(value) if spec.kind == "latency" else float(value)
        for value in (estimate.point, low, high)
    )
    return point, low, high, estimate.n


def _range(spec: ChartSpec, cell: CellSummary, arm: str) -> tuple[float, float]:
    known = cell.latency_local_range_ns if arm == "local" else cell.latency_remote_range_ns
    if spec.kind != "latency" or known is None:
        return math.nan, math.nan
    return ns_to_ms(known.least), ns_to_ms(known.most)


def _json_value(value: str | float) -> str | float | None:
    if not isinstance(value, float) or math.isinf(value):
        return str(value) if isinstance(value, float) else value
    return None if math.isnan(value) else significant(value)


def _loss_words(spec: ChartSpec, measured: Sequence[Point]) -> str:
    if len(measured) > _SPELLED_OUT:
        low, *_, high = sorted(measured, key=lambda point: point.value)
        middle = median(point.value for point in measured)
        return (
            f"remote {_way(spec, middle)} in the median of {len(measured)} thread counts, "
            f"loss from {_signed_at(low)} to {_signed_at(high)}"
        )
    words, said = [], ""
    for point in measured:
        way = _way(spec, point.value)
        direction = way.split()[1]
        # "3.2% slower at 1 thread, 1.1% at 2 threads": a direction is said when it changes.
        text = way if direction != said else way.split()[0]
        doubt = f" ({UNDECIDED})" if point.verdict == UNDECIDED else ""
        words.append(f"{text} at {counted(point.threads, 'thread')}{doubt}")
        said = direction
    return f"remote {', '.join(words)}"


def _way(spec: ChartSpec, loss_percent: float) -> str:
    worse, better = _WORSE_BETTER[spec.metric]
    return f"{percent(loss_percent)} {worse if loss_percent >= 0 else better}"


def _signed_at(point: Point) -> str:
    return f"{signed_percent(point.value)} at {counted(point.threads, 'thread')}"


def _value_words(spec: ChartSpec, measured: Sequence[Point]) -> str:
    shown = sorted({point.threads for point in measured})
    if len(shown) > _SPELLED_OUT:
        shown = [shown[0], shown[-1]]
    groups = [[point for point in measured if point.threads == threads] for threads in shown]
    return ", ".join(
        " and ".join(f"{point.arm} {number(point.value)} {spec.unit}" for point in group)
        + f" at {counted(group[0].threads, 'thread')}"
        for group in groups
    )


def _thread_list(threads: Sequence[int]) -> str:
    if len(threads) > _SPELLED_OUT:
        return f"{len(threads)} thread counts"
    *others, last = threads
    listed = f"{', '.join(map(str, others))} and {last}" if others else str(last)
    return f"{listed} {'thread' if listed == '1' else 'threads'}"
