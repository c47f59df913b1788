"""The answer in words, made from the verdicts: what remote costs, and where it stops mattering."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bench.stats.estimate import (
    EQUIVALENT,
    EXPLORATORY,
    FASTER,
    IMPORTED,
    SLOWER,
    SMALL,
    CellSummary,
    Estimate,
    Summary,
)
from bench.stats.pooled import median_loss
from bench.text.numbers import counted, percent, plain, signed_percent

SMOKE = "smoke"
CROSSOVER_PERCENT = 5.0
_MEASURABLE = {SLOWER, FASTER, SMALL}


def answer(title: str, summary: Summary, kind: str, in_flight_count: int) -> str:
    """Return what remote costs as one sentence; a smoke test cannot say.

    Parameters
    ----------
    title : str
        What the model is called.
    kind : str
        Empty for a full measurement; else ``smoke``, ``exploratory`` or ``imported``.
    in_flight_count : int
        Requests in flight where throughput was measured.
    """
    if kind == SMOKE:
        return "The tool ran from end to end; this is what the page of a measurement looks like."
    measured = [cell for cell in summary.cells if cell.latency_loss_percent is not None]
    if not measured:
        return f"{title}: nothing has been measured yet."
    if kind in (EXPLORATORY, IMPORTED):
        return _median_words(measured, summary.pooled, kind)
    latency = _latency_words(measured, summary.pooled)
    throughput = _throughput_words(measured, in_flight_count)
    return f"Running {title} on the remote worker {latency}; {throughput}."


def crossover(summary: Summary, kind: str) -> str:
    """Return from which batch size on the latency loss stays below 5 %, by thread count.

    Where there are intervals, their upper end has to be below. A planned cell that was not
    measured is not below.
    """
    if kind == SMOKE:
        return ""
    sizes = summary.batch_sizes
    threads_from: dict[int | None, list[int]] = defaultdict(list)
    for threads in sorted({cell.threads for cell in summary.cells}):
        row = [cell for cell in summary.cells if cell.threads == threads]
        threads_from[_below_from(row)].append(threads)
    sure = ", interval included," if kind == "" else ""
    said = f"The latency loss is below {plain(CROSSOVER_PERCENT)}%{sure}"
    if len(threads_from) == 1:
        (everywhere,) = threads_from
        return f"{said} {_from_words(everywhere, sizes)}."
    parts = [
        f"{_from_words(size, sizes)} with {_thread_words(counts)}"
        for size, counts in sorted(threads_from.items(), key=lambda item: item[0] or max(sizes) + 1)
    ]
    return f"{said} {', '.join(parts[:-1])}, and {parts[-1]}."


def _median_words(cells: Sequence[CellSummary], pooled: Mapping[str, Estimate], kind: str) -> str:
    points = [cell.latency_loss_percent.point for cell in cells if cell.latency_loss_percent]
    middle = median_loss(pooled, "latency")
    assert middle is not None
    way = "longer" if middle >= 0 else "less long"
    said = f"Remotely, a batch takes {percent(middle)} {way} than locally"
    if kind == IMPORTED:
        said = f"By the imported means, remote takes {percent(middle)} {way} than local"
    if len(points) == 1:
        return f"{said}, in the one cell measured."
    spread = f"from {signed_percent(min(points))} to {signed_percent(max(points))}"
    return f"{said}, in the median of {len(points)} cells ({spread})."


def _latency_words(cells: Sequence[CellSummary], pooled: Mapping[str, Estimate]) -> str:
    measurable = {cell.batch_size for cell in cells if cell.latency_verdict in _MEASURABLE}
    if not measurable:
        return "costs no latency that could be measured, at any batch size"
    first, last = min(measurable), max(measurable)
    words = f"costs {_loss_at(pooled, first)} latency at batch {first}"
    if last != first:
        words += f" and {_loss_at(pooled, last)} at batch {last}"
    return words + _other_sizes({cell.batch_size for cell in cells}, measurable)


def _loss_at(pooled: Mapping[str, Estimate], batch_size: int) -> str:
    loss = median_loss(pooled, "latency", batch_size)
    assert loss is not None
    return signed_percent(loss)


def _other_sizes(sizes: set[int], measurable: set[int]) -> str:
    others = sizes - measurable
    if not others:
        return ""
    if min(others) > max(measurable):
        return f", and nothing that could be measured from batch {min(others)} on"
    return ", and nothing that could be measured at other batch sizes"


def _throughput_words(cells: Sequence[CellSummary], in_flight_count: int) -> str:
    flight = f"with {in_flight_count} batches in flight"
    if all(cell.throughput_verdict == EQUIVALENT for cell in cells):
        return f"throughput is equal {flight}"
    differing = [cell for cell in cells if cell.throughput_verdict in _MEASURABLE]
    if not differing:
        return f"no difference in throughput could be measured {flight}"
    most = max(differing, key=_throughput_size)
    assert most.throughput_loss_percent is not None
    loss = signed_percent(most.throughput_loss_percent.point)
    return (
        f"{flight}, throughput differs in {len(differing)} of {counted(len(cells), 'cell')}, "
        f"most at batch {most.batch_size} with {counted(most.threads, 'thread')} (loss {loss})"
    )


def _throughput_size(cell: CellSummary) -> float:
    loss = cell.throughput_loss_percent
    return abs(loss.point) if loss else 0.0


def _below_from(cells: Sequence[CellSummary]) -> int | None:
    """Return the least batch size from which on all cells are below the limit."""
    below = None
    for cell in sorted(cells, key=lambda c: -c.batch_size):
        bound = _upper(cell.latency_loss_percent)
        if bound is None or bound >= CROSSOVER_PERCENT:
            return below
        below = cell.batch_size
    return below


def _upper(loss: Estimate | None) -> float | None:
    if loss is None:
        return None
    return loss.point if loss.high is None else loss.high


def _from_words(size: int | None, sizes: Sequence[int]) -> str:
    if size is None:
        return "at no batch size"
    return "at every batch size" if size == min(sizes) else f"from batch {size} on"


def _thread_words(counts: Sequence[int]) -> str:
    if len(counts) == 1:
        return counted(counts[0], "thread")
    return f"{', '.join(map(str, counts[:-1]))} and {counts[-1]} threads"
