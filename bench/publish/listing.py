"""One run in the list of runs: a few facts, and its headline figures with intervals."""

import math
from collections.abc import Iterator
from typing import Any

from bench.page.engines import arms_words
from bench.page.inputs import is_default, sent_words
from bench.page.lede import SMOKE, answer
from bench.page.page import measured_on, run_kind, run_size
from bench.page.table import loss_words, overhead_words
from bench.page.worker_place import heading, place_of
from bench.publish.sent import sent_listing
from bench.records import Cell, RunInfo
from bench.stats.cells import ARMS, CellSummary, Summary, end_cells
from bench.stats.estimate import LEVEL, Estimate
from bench.stats.metrics import OVERHEAD
from bench.stats.pooled import median_loss
from bench.stats.results import Results
from bench.stats.round_trip import wire_times_ns
from bench.stats.verdict_words import IMPORTED, NOT_MEASURED
from bench.store.run import Run
from bench.text import numbers
from bench.text.names import model_words
from bench.text.numbers import counted, finite, number, significant
from bench.units import PERCENT, ns_to_ms

ANSWERED_BATCHES = (1, 8, 64)
STUDIES, TESTS = "Imported studies", "Tests of the tool"
_COMMENT_LENGTH = 160
_REVISION_LENGTH = 12


def listing(run: Run, results: Results) -> dict[str, Any]:
    """Return what the list of runs and the history of the machine show of a run.

    Parameters
    ----------
    run : Run
        The run; its comment and placements are foreign text.
    results : Results
        Its results.

    Returns
    -------
    dict
        Texts, and ``figures``: overheads and losses of the headline cells, each with its interval
        and verdict. A smoke test has none.
    """
    info, summary = run.info, results.summary
    kind = run_kind(info, summary)
    started_at = run.records[0].started_at if run.records else ""
    return {
        "created_at": str(info.source.get("date") or started_at or info.created_at),
        "date": measured_on(info, started_at),
        "title": model_words(info.experiment.model).title,
        "engines": "" if info.source else _ways(info),
        "arms": "" if info.source else arms_words(info.experiment.engines),
        "sent": sent_listing(info, results),
        "sentence": _sentence(info, summary, kind),
        "kind": kind,
        "size": run_size(run, summary),
        "revision": numbers.plain_text(info.code)[:_REVISION_LENGTH],
        "remote": _remote(info),
        "heading": heading(info),
        "group": _group(info),
        "passes": _passes(results),
        "place": None if info.source or info.experiment.smoke else place_of(info)._asdict(),
        "overheads": [] if kind in (SMOKE, IMPORTED) else list(_overheads(info, results)),
        "comment": numbers.plain_text(info.comment, _COMMENT_LENGTH),
        "figures": _all_figures(kind, summary),
    }


def _ways(info: RunInfo) -> str:
    """Return how both arms compute and, where it is not the default, what is sent."""
    experiment = info.experiment
    sent = "" if is_default(experiment) else f"; {sent_words(experiment)}"
    return f"{arms_words(experiment.engines)}{sent}"


def _remote(info: RunInfo) -> str:
    # The page has the whole text; what follows a colon explains it.
    return numbers.plain_text(info.placement.get("remote", "")).partition(": ")[0]


def _group(info: RunInfo) -> str:
    """Return under which heading the front page lists a run: its model and its machine."""
    if info.source:
        return STUDIES
    if info.experiment.smoke or info.experiment.model.startswith("stub"):
        return TESTS
    return f"{model_words(info.experiment.model).title}, {info.machine}"


def _sentence(info: RunInfo, summary: Summary, kind: str) -> str:
    """Return the answer of a run with unequal engines; other runs share a sentence."""
    if kind in (SMOKE, IMPORTED) or not info.experiment.engines.unequal:
        return ""
    return answer(info, summary, kind)[0]


def _passes(results: Results) -> str:
    spent = results.effort.time_spent if results.effort else None
    return "" if spent is None or math.isnan(spent.pass_ns) else f"{spent.passes:.1f}"


def _overheads(info: RunInfo, results: Results) -> Iterator[dict[str, Any]]:
    """Yield the overheads that the front page shows, with what the bits need on the wire.

    They are those of batch 1, 8 and 64 with the most threads, or of the ends of other plans.
    """
    summary, wire = results.summary, wire_times_ns(info.link, results.round_trips)
    ends = summary.headline_cells
    candidates = [c for c in summary.cells if ends and c.threads == ends[0].threads]
    for cell in [c for c in candidates if c.batch_size in ANSWERED_BATCHES] or ends:
        share, local = cell.overhead.overhead_percent, cell.arms[ARMS[0]].latency_ns
        if share is None or share.low is None or share.high is None or local is None:
            continue
        wire_ns = wire.get(cell.batch_size)
        yield {
            "batch": str(cell.batch_size),
            "threads": counted(cell.threads, "thread"),
            **overhead_words(cell),
            "percent": significant(share.point),
            "low": significant(share.low),
            "high": significant(share.high),
            "wire": "" if wire_ns is None else f"{number(ns_to_ms(wire_ns))} ms",
            "wire_percent": None
            if wire_ns is None
            else significant(PERCENT * wire_ns / local.point),
        }


def _all_figures(kind: str, summary: Summary) -> list[dict[str, Any]]:
    if kind == SMOKE:
        return []
    return list(_study_figures(summary) if kind == IMPORTED else _figures(summary))


def _figures(summary: Summary) -> Iterator[dict[str, Any]]:
    """Yield the overheads of the headline cells, and losses of the first and the last of them."""
    ends = summary.headline_cells or end_cells(summary.cells)
    for cell in summary.headline_cells:
        yield _figure(OVERHEAD, cell)
    losses = ends[:1] if summary.headline_cells else ends
    for metric, cells in (("latency loss", losses), ("throughput loss", ends[-1:])):
        yield from (_figure(metric, cell) for cell in cells)


def _study_figures(summary: Summary) -> Iterator[dict[str, Any]]:
    """Yield the medians over all cells of an imported study, whose cells have no interval."""
    for metric in ("latency", "throughput"):
        middle = median_loss(summary.pooled, metric)
        estimate = None if middle is None else Estimate(middle, None, None, LEVEL, 0)
        yield {
            "key": f"{metric}-loss-median",
            "metric": f"{metric} loss of {summary.names['remote']}",
            "cell": f"median of {counted(summary.measured_count, 'cell')}",
            **loss_words(estimate, IMPORTED if estimate else NOT_MEASURED),
            "percent": finite(middle),
            "low": None,
            "high": None,
            "block_count": 0,
        }


def _figure(metric: str, cell: CellSummary) -> dict[str, Any]:
    words, estimate = _words(metric, cell)
    known = estimate or Estimate(math.nan, None, None, LEVEL, 0)
    return {
        "key": figure_key(metric, cell.cell),
        "metric": metric,
        "cell": f"batch {cell.batch_size}, {counted(cell.threads, 'thread')}",
        **words,
        "percent": finite(known.point),
        "low": finite(known.low),
        "high": finite(known.high),
        "block_count": known.n,
    }


def _words(metric: str, cell: CellSummary) -> tuple[dict[str, str], Estimate | None]:
    if metric != OVERHEAD:
        name = metric.removesuffix(" loss")
        loss = cell.loss_percent(name)
        return loss_words(loss, cell.verdict(name)), loss
    words = overhead_words(cell)
    interval = f"{words['value']} ({words['interval']})" if words["interval"] else words["value"]
    texts = {name: words[name] for name in ("verdict", "mark", "tone")}
    return {"value": f"{words['ms']} ms", "interval": interval, **texts}, (
        cell.overhead.overhead_percent
    )


def figure_key(metric: str, cell: Cell) -> str:
    """Return the key of a headline figure, which no other figure of its run has."""
    return f"{metric.replace(' ', '-')}-{cell.batch_size}-{cell.threads}"
