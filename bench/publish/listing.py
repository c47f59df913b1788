"""What the list of runs says of one run: a few facts, and its headline figures with intervals."""

import math
from collections.abc import Iterator
from typing import Any

from bench.page.lede import SMOKE
from bench.page.page import DATE_LENGTH, run_kind, run_size
from bench.page.table import loss_words
from bench.records import RunInfo
from bench.stats.estimate import CellSummary, Summary
from bench.stats.results import Results
from bench.store.run import Run
from bench.text import numbers
from bench.text.names import model_words
from bench.text.numbers import counted, significant

_COMMENT_LENGTH = 160
_REVISION_LENGTH = 12


def listing(run: Run, results: Results) -> dict[str, Any]:
    """Return what the list of runs and the history of the machine show of a run.

    Parameters
    ----------
    run : Run
        The run; its comment and placements are foreign text.
    results : Results
        What it says.

    Returns
    -------
    dict
        Texts, and ``figures``: the headline losses, each of one cell, so that it has an interval
        and a verdict. A smoke test has none.
    """
    info, summary = run.info, results.summary
    kind = run_kind(info, summary)
    created_at = run.records[0].started_at if run.records else info.created_at
    return {
        "created_at": created_at,
        "date": created_at[:DATE_LENGTH],
        "title": model_words(info.experiment.model).title,
        "kind": kind,
        "size": run_size(run, summary),
        "revision": numbers.plain_text(info.code)[:_REVISION_LENGTH],
        "remote": _remote(info),
        "comment": numbers.plain_text(info.comment, _COMMENT_LENGTH),
        "figures": [] if kind == SMOKE else list(_figures(summary)),
    }


def _remote(info: RunInfo) -> str:
    # The page has the whole text; what follows a colon explains it.
    return numbers.plain_text(info.placement.get("remote", "")).partition(": ")[0]


def _figures(summary: Summary) -> Iterator[dict[str, Any]]:
    """Yield the losses of the smallest and the largest batch at the most threads."""
    if not summary.cells:
        return
    threads = max(cell.threads for cell in summary.cells)
    cells = {cell.batch_size: cell for cell in summary.cells if cell.threads == threads}
    first, last = cells[min(cells)], cells[max(cells)]
    yield _figure("latency", first)
    if last is not first:
        yield _figure("latency", last)
    yield _figure("throughput", last)


def _figure(metric: str, cell: CellSummary) -> dict[str, Any]:
    loss, verdict = cell.latency_loss_percent, cell.latency_verdict
    if metric == "throughput":
        loss, verdict = cell.throughput_loss_percent, cell.throughput_verdict
    return {
        "key": figure_key(metric, cell.batch_size, cell.threads),
        "metric": f"{metric} loss",
        "cell": f"batch {cell.batch_size}, {counted(cell.threads, 'thread')}",
        **loss_words(loss, verdict),
        "loss_percent": _number(None if loss is None else loss.point),
        "loss_low": _number(None if loss is None else loss.low),
        "loss_high": _number(None if loss is None else loss.high),
        "block_count": 0 if loss is None else loss.n,
    }


def figure_key(metric: str, batch_size: int, threads: int) -> str:
    """Return what tells a headline figure from the others of its run."""
    return f"{metric}-{batch_size}-{threads}"


def _number(value: float | None) -> float | None:
    # JSON has no infinity; the words beside it have.
    return None if value is None or not math.isfinite(value) else significant(value)
