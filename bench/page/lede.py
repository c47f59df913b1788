"""The answer in words: what remote adds, whether the worker computes as fast, how precise it is."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bench.page.crossover import pays_from
from bench.page.inputs import preprocess_words, remote_words
from bench.page.unequal import unequal_answer
from bench.records import Experiment, RunInfo
from bench.stats.cells import CellSummary, Summary
from bench.stats.estimate import (
    MIN_EFFECT_PERCENT,
    MIN_OVERHEAD_BLOCKS,
    MIN_VERDICT_BLOCKS,
    Estimate,
)
from bench.stats.pooled import COMPUTE_DIFFERENCE, median_loss
from bench.stats.round_trip import is_loopback
from bench.stats.verdict_words import IMPORTED, UNDECIDED
from bench.text import numbers
from bench.text.names import page_title
from bench.text.numbers import counted, listed, percent, plain, signed_percent

SMOKE = "smoke"


def answer(info: RunInfo, summary: Summary, kind: str) -> tuple[str, str]:
    """Return the answer as one sentence, and remarks on it; a smoke test has none.

    With equal engines it is the overhead, else how many times as fast remote is.

    Parameters
    ----------
    info : RunInfo
        The run.
    summary : Summary
        Its summary.
    kind : str
        Empty for a full measurement; else ``smoke``, ``exploratory`` or ``imported``.
    """
    if kind == SMOKE:
        return (
            "The tool ran from end to end; this is what the page of a measurement looks like.",
            "",
        )
    if kind == IMPORTED:
        return _imported_words(summary), ""
    engines = info.experiment.engines
    overhead_text = overhead_answer(summary, info.experiment)
    if not overhead_text:
        return f"{page_title(info.experiment.model)}: nothing has been measured yet.", ""
    about_arms = [_compute_words(summary.pooled.get(COMPUTE_DIFFERENCE))]
    if engines.unequal:
        about_arms = [pays_from(summary), overhead_text]
        overhead_text = unequal_answer(engines, summary)
    remarks = [
        *about_arms,
        preprocess_words(summary),
        "This is the cost of another process, not of a network." if is_loopback(info) else "",
        blocks_words(summary),
        undecided_words(summary),
    ]
    return overhead_text, " ".join(sentence for sentence in remarks if sentence)


def blocks_words(summary: Summary) -> str:
    """Return how many blocks count where those are too few, as a sentence of its own."""
    count = summary.counted_blocks
    if not count:
        return "No block counts, so nothing is decided; measure again on a quieter host."
    if count < MIN_OVERHEAD_BLOCKS:
        return (
            f"{count} of the {MIN_OVERHEAD_BLOCKS} blocks that an interval needs "
            f"{_count(count)}; measure longer."
        )
    if count < MIN_VERDICT_BLOCKS:
        needed = f"{count} of the {MIN_VERDICT_BLOCKS} blocks that a verdict on the loss needs"
        return f"{needed} {_count(count)}."
    return ""


def undecided_words(summary: Summary) -> str:
    """Return in which cells the overhead stays undecided, why, and what would help."""
    cells = [cell for cell in summary.cells if cell.overhead_verdict == UNDECIDED]
    if not cells:
        return ""
    sizes: defaultdict[int, list[int]] = defaultdict(list)
    for cell in cells:
        sizes[cell.threads].append(cell.batch_size)
    where = "; ".join(
        f"batch {listed(of)} with {counted(threads, 'thread')}"
        for threads, of in sorted(sizes.items())
    )
    half = max(map(_half_width, cells))
    return (
        f"The overhead is undecided at {where}: an interval of up to ±{numbers.number(half)} "
        f"points is too wide to distinguish it from {plain(MIN_EFFECT_PERCENT)}%. More blocks, "
        "or a quieter host, would decide it."
    )


def what_blocks_say(count: int | None) -> str:
    """Return which results ``count`` blocks that count will give; None: not known yet."""
    if count is None:
        return (
            f"{MIN_OVERHEAD_BLOCKS} blocks give an overhead with its interval in each cell, "
            f"{MIN_VERDICT_BLOCKS} a verdict on the loss, too."
        )
    blocks = f"{counted(count, 'block')} {'gives' if count == 1 else 'give'}"
    if count < MIN_OVERHEAD_BLOCKS:
        return f"{blocks} no interval: an overhead needs {MIN_OVERHEAD_BLOCKS} blocks that count."
    if count < MIN_VERDICT_BLOCKS:
        return (
            f"{blocks} an overhead with its interval in each cell; a verdict on the loss needs "
            f"{MIN_VERDICT_BLOCKS}."
        )
    return f"{blocks} overhead and loss of each cell, with their intervals and verdicts."


def overhead_answer(summary: Summary, experiment: Experiment) -> str:
    """Return the overhead at the ends of the batch sizes; empty where nothing is known."""
    ends = summary.headline_cells
    if not ends:
        return ""
    additions = [
        f"{_added(cell)}{'' if place else ' to a request'} at batch {cell.batch_size} "
        f"({_share(cell, '' if place else ' of the local latency')})"
        for place, cell in enumerate(ends)
    ]
    threads = ends[0].threads
    others = summary.cells_with(min(c.threads for c in summary.cells), ends)
    adding = "all but computing" if experiment.engines.unequal else remote_words(experiment)
    words = f"With {counted(threads, 'thread')}, {adding} adds {' and '.join(additions)}"
    if others and others[0].threads != threads:
        shares = " and ".join(_share(cell) for cell in others)
        words += f"; with {counted(others[0].threads, 'thread')} it is {shares}"
    return f"{words}."


def _added(cell: CellSummary) -> str:
    overhead = cell.overhead.overhead_ns
    return f"{numbers.milliseconds(overhead)} ms" if overhead else "an unknown time"


def _share(cell: CellSummary, of_what: str = "") -> str:
    share = cell.overhead.overhead_percent
    if share is None:
        return "unknown"
    doubt = f", {UNDECIDED}" if cell.overhead_verdict == UNDECIDED else ""
    return f"{numbers.share(share.point)}{of_what}{doubt}"


def _compute_words(difference: Estimate | None) -> str:
    if difference is None or difference.low is None or difference.high is None:
        return ""
    interval = f"({numbers.interval(difference)}), all cells together"
    if difference.low > -MIN_EFFECT_PERCENT and difference.high < MIN_EFFECT_PERCENT:
        text = "The worker computes as fast as the local process"
    elif difference.low <= 0 <= difference.high:
        text = "No difference in computing could be shown"
    else:
        direction = "more slowly" if difference.point > 0 else "faster"
        text = f"The worker computes {direction} than the local process"
    return f"{text}: {signed_percent(difference.point)} {interval}."


def _count(count: int) -> str:
    return "counts" if count == 1 else "count"


def _imported_words(summary: Summary) -> str:
    points = list(_known_losses(summary.cells))
    middle = median_loss(summary.pooled, "latency")
    if middle is None:
        return "Nothing has been imported yet."
    direction = "longer" if middle >= 0 else "less long"
    one, other = summary.names["remote"], summary.names["local"]
    text = f"By the means of another study, {one} takes {percent(middle)} {direction} than {other}"
    if len(points) == 1:
        return f"{text}, in the one cell measured."
    spread = f"from {signed_percent(min(points))} to {signed_percent(max(points))}"
    return f"{text}, in the median of {len(points)} cells ({spread})."


def _known_losses(cells: Sequence[CellSummary]) -> Iterator[float]:
    return (c.latency_loss_percent.point for c in cells if c.latency_loss_percent is not None)


def _half_width(cell: CellSummary) -> float:
    share = cell.overhead.overhead_percent
    assert share is not None
    assert share.low is not None
    assert share.high is not None
    return (share.high - share.low) / 2
