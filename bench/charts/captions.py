"""Captions: what each chart shows, in one plain sentence, and how many blocks it is based on."""

from collections.abc import Sequence

from bench.charts.points import ChartSpec, Point, chart_points, loss_points
from bench.stats.cells import Summary
from bench.stats.estimate import LEVEL
from bench.stats.pooled import median_loss
from bench.stats.verdict_words import EXPLORATORY, IMPORTED, NOT_MEASURED, UNDECIDED
from bench.text.numbers import counted, listed_threads, number, percent, signed_percent

_SPELLED_OUT = 3  # a caption names each thread count if there are at most this many
_WORSE_BETTER = {"latency": ("slower", "faster"), "throughput": ("lower", "higher")}


def caption(spec: ChartSpec, summary: Summary) -> str:
    """Return what a chart shows as one sentence in plain words."""
    points = chart_points(spec, summary)
    measured = [point for point in points if point.measured]
    if not measured:
        return f"Batch {spec.batch_size}: {spec.topic} {NOT_MEASURED}."
    words = (_loss_words if spec.ratio else _value_words)(spec, measured, summary)
    if missing := sorted({point.threads for point in points if not point.measured}):
        words += f"; {_thread_list(missing)} {NOT_MEASURED}"
    if spec.kind == "latency-ratio" and len(measured) <= _SPELLED_OUT:
        words += _overhead_words(measured)
    topic = "" if spec.kind == "latency-ratio" else f" {spec.metric}"
    return f"Batch {spec.batch_size}{topic}: {words} ({evidence(measured)})."


def evidence(measured: Sequence[Point], intervals: str = f"{LEVEL:.0%} intervals") -> str:
    """Return the evidence for measured points in words: ``10 blocks, 95% intervals``."""
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


def rests_on(summary: Summary, intervals: str) -> str:
    """Return the evidence for a chart of all cells: ``10 blocks, <intervals>``."""
    return evidence(list(loss_points(summary).values()), intervals)


def _loss_words(spec: ChartSpec, measured: Sequence[Point], summary: Summary) -> str:
    remote = summary.names["remote"]
    if len(measured) > _SPELLED_OUT:
        low, *_, high = sorted(measured, key=lambda point: point.value)
        middle = median_loss(summary.pooled, spec.metric, spec.batch_size)
        assert middle is not None
        return (
            f"{remote} {_loss_text(spec, middle)} in the median of {len(measured)} thread counts, "
            f"loss from {_signed_at(low)} to {_signed_at(high)}"
        )
    words, last_direction = [], ""
    for point in measured:
        loss = _loss_text(spec, point.value)
        direction = loss.split()[1]
        # "3.2% slower at 1 thread, 1.1% at 2 threads": a direction is written when it changes.
        text = loss if direction != last_direction else loss.split()[0]
        doubt = f" ({UNDECIDED})" if point.verdict == UNDECIDED else ""
        words.append(f"{text} at {counted(point.threads, 'thread')}{doubt}")
        last_direction = direction
    return f"{remote} {', '.join(words)}"


def _overhead_words(measured: Sequence[Point]) -> str:
    """Return which part of each loss is overhead: ``; of it overhead +3.3% and +5.4%``."""
    parts = [signed_percent(point.overhead) for point in measured if point.split]
    return f"; of it overhead {' and '.join(parts)}" if len(parts) == len(measured) else ""


def _loss_text(spec: ChartSpec, loss_percent: float) -> str:
    worse, better = _WORSE_BETTER[spec.metric]
    return f"{percent(loss_percent)} {worse if loss_percent >= 0 else better}"


def _signed_at(point: Point) -> str:
    return f"{signed_percent(point.value)} at {counted(point.threads, 'thread')}"


def _value_words(spec: ChartSpec, measured: Sequence[Point], summary: Summary) -> str:
    counts = sorted({point.threads for point in measured})
    if len(counts) > _SPELLED_OUT:
        counts = [counts[0], counts[-1]]
    groups = [[point for point in measured if point.threads == threads] for threads in counts]
    return ", ".join(
        " and ".join(
            f"{summary.names[point.arm]} {number(point.value)} {spec.unit}" for point in group
        )
        + f" at {counted(group[0].threads, 'thread')}"
        for group in groups
    )


def _thread_list(threads: Sequence[int]) -> str:
    if len(threads) > _SPELLED_OUT:
        return f"{len(threads)} thread counts"
    return listed_threads(threads)
