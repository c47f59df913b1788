"""What the list of runs says of one run: a few facts, and its headline figures with intervals."""

import math
from collections.abc import Iterator
from typing import Any

from bench.page.lede import SMOKE, is_loopback, overhead_answer
from bench.page.page import DATE_LENGTH, run_kind, run_size
from bench.page.table import loss_words, overhead_words
from bench.records import Cell, RunInfo
from bench.stats.estimate import IMPORTED, LEVEL, CellSummary, Estimate, Summary, end_cells
from bench.stats.metrics import OVERHEAD
from bench.stats.results import Results
from bench.stats.round_trip import link_rate_mbps
from bench.store.run import Run
from bench.text import numbers
from bench.text.names import model_words
from bench.text.numbers import counted, plain, significant

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
        Texts, and ``figures``: overheads and losses of the headline cells, each with its interval
        and verdict. A smoke test has none.
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
        "where": "" if info.source else _where(info),
        "answer": "" if kind in (SMOKE, IMPORTED) else overhead_answer(summary),
        "comment": numbers.plain_text(info.comment, _COMMENT_LENGTH),
        "figures": [] if kind == SMOKE else list(_figures(summary)),
    }


def _remote(info: RunInfo) -> str:
    # The page has the whole text; what follows a colon explains it.
    return numbers.plain_text(info.placement.get("remote", "")).partition(": ")[0]


def _where(info: RunInfo) -> str:
    """Return where the worker was: what the front page tells its answers by."""
    if is_loopback(info):
        return "On one machine"
    rate = link_rate_mbps(info.link)
    return "Over a network" if rate is None else f"Over a link of {plain(rate)} Mbit/s"


def _figures(summary: Summary) -> Iterator[dict[str, Any]]:
    """Yield the overheads of the headline cells, and losses of the first and the last of them."""
    ends = summary.headline_cells or end_cells(summary.cells)
    for cell in summary.headline_cells:
        yield _figure(OVERHEAD, cell)
    losses = ends[:1] if summary.headline_cells else ends
    for metric, cells in (("latency loss", losses), ("throughput loss", ends[-1:])):
        yield from (_figure(metric, cell) for cell in cells)


def _figure(metric: str, cell: CellSummary) -> dict[str, Any]:
    words, estimate = _words(metric, cell)
    known = estimate or Estimate(math.nan, None, None, LEVEL, 0)
    return {
        "key": figure_key(metric, cell.cell),
        "metric": metric,
        "cell": f"batch {cell.batch_size}, {counted(cell.threads, 'thread')}",
        **words,
        "percent": _number(known.point),
        "low": _number(known.low),
        "high": _number(known.high),
        "block_count": known.n,
    }


def _words(metric: str, cell: CellSummary) -> tuple[dict[str, str], Estimate | None]:
    if metric != OVERHEAD:
        of = metric.removesuffix(" loss")
        loss = cell.loss_percent(of)
        return loss_words(loss, cell.verdict(of)), loss
    words = overhead_words(cell)
    interval = f"{words['value']} ({words['interval']})" if words["interval"] else words["value"]
    said = {name: words[name] for name in ("verdict", "mark", "tone")}
    return {"value": f"{words['ms']} ms", "interval": interval, **said}, (
        cell.overhead.overhead_percent
    )


def figure_key(metric: str, cell: Cell) -> str:
    """Return what tells a headline figure from the others of its run."""
    return f"{metric.replace(' ', '-')}-{cell.batch_size}-{cell.threads}"


def _number(value: float | None) -> float | None:
    # JSON has no infinity; the words beside it have.
    return None if value is None or not math.isfinite(value) else significant(value)
