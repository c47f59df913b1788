"""From which batch size on something holds, by thread count."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from bench.stats.cells import CellSummary, Summary
from bench.stats.estimate import Estimate
from bench.stats.verdict_words import IMPORTED
from bench.text.numbers import listed_threads, plain

CROSSOVER_PERCENT = 5.0
EstimateOf = Callable[[CellSummary], Estimate | None]


def crossover(summary: Summary, kind: str) -> str:
    """Return from which batch size on the overhead stays below 5 %, by thread count.

    Where there are intervals, their upper end has to be below. Cells that were not measured do
    not count. Of an imported run it is the latency loss.
    """
    where = _where_below(summary, CROSSOVER_PERCENT, _loss if kind == IMPORTED else _overhead)
    limit = f"below {plain(CROSSOVER_PERCENT)}%"
    text = f"The overhead is {limit} of the local latency, interval included,"
    if kind == IMPORTED:
        text = f"What {summary.names['remote']} takes longer is {limit}"
    return where and f"{text} {where}."


def pays_from(summary: Summary) -> str:
    """Return from which batch size on remote is faster, by thread count.

    Where there are intervals, their upper end has to be below zero.
    """
    where = _where_below(summary, 0.0, _loss)
    losses = [loss for cell in summary.cells if (loss := _loss(cell)) is not None]
    included = "" if any(loss.high is None for loss in losses) else ", interval included,"
    return where and f"Remote is faster{included} {where}."


def _overhead(cell: CellSummary) -> Estimate | None:
    return cell.overhead.overhead_percent


def _loss(cell: CellSummary) -> Estimate | None:
    return cell.latency_loss_percent


def _where_below(summary: Summary, limit: float, estimate_of: EstimateOf) -> str:
    """Return from which batch sizes on an estimate is below a limit; empty if none is known."""
    measured = [cell for cell in summary.cells if estimate_of(cell) is not None]
    if not measured:
        return ""
    sizes = sorted({cell.batch_size for cell in measured})
    threads_from: dict[int | None, list[int]] = defaultdict(list)
    for threads in sorted({cell.threads for cell in measured}):
        row = [cell for cell in measured if cell.threads == threads]
        threads_from[_below_from(row, limit, estimate_of)].append(threads)
    if len(threads_from) == 1:
        (first_size,) = threads_from
        return _from_words(first_size, sizes)
    parts = [
        f"{_from_words(size, sizes)} with {listed_threads(counts)}"
        for size, counts in sorted(threads_from.items(), key=lambda item: item[0] or max(sizes) + 1)
    ]
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


def _below_from(cells: Sequence[CellSummary], limit: float, estimate_of: EstimateOf) -> int | None:
    """Return the least batch size from which on all cells are below the limit."""
    below = None
    for cell in sorted(cells, key=lambda c: -c.batch_size):
        estimate = estimate_of(cell)
        assert estimate is not None
        if (estimate.point if estimate.high is None else estimate.high) >= limit:
            return below
        below = cell.batch_size
    return below


def _from_words(size: int | None, sizes: Sequence[int]) -> str:
    if size is None:
        return "at no batch size"
    return "at every batch size" if size == min(sizes) else f"from batch {size} on"
