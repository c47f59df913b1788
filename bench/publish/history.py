"""A machine's headline figures over time: the same cell in each of its runs, and what changed."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bench.host.speed import speed_facts
from bench.page.table import PlotScale
from bench.publish.listing import figure_key
from bench.records import Cell, RunInfo
from bench.stats.comparison import Change, Moments, RunMoments, compare_moments
from bench.stats.estimate import LEVEL, MIN_VERDICT_BLOCKS, Estimate
from bench.stats.metrics import LOCAL, OVERHEAD
from bench.stats.results import Results
from bench.stats.verdict_words import FASTER, SLOWER
from bench.store.run import Run
from bench.text.numbers import significant

# Each page shows its machine's history, so an unbounded one would make the build quadratic.
HISTORY_LENGTH = 24
# The metric of a comparison that a figure's change is read from. A throughput loss has none: of
# the two throughputs that it is made of, the remote one is what a client gets.
_METRICS = {
    OVERHEAD: "overhead",
    "latency loss": "latency loss",
    "remote throughput": "throughput loss",
}
_CHANGES = {
    (OVERHEAD, SLOWER): ("▲", "worse", "overhead up"),
    (OVERHEAD, FASTER): ("▼", "better", "overhead down"),
    ("latency loss", SLOWER): ("▲", "worse", "loss up"),
    ("latency loss", FASTER): ("▼", "better", "loss down"),
    ("remote throughput", SLOWER): ("▲", "worse", "remote throughput down"),
    ("remote throughput", FASTER): ("▼", "better", "remote throughput up"),
}
_ALIKE = {SLOWER: ", as local became slower", FASTER: ", as local became faster"}
_DIGITS = 9  # of a mean of logs: 0.000001 % of a time


def run_comparison(run: Run, results: Results) -> dict[str, Any] | None:
    """Return what a comparison needs of a run; None where too few blocks count for a verdict."""
    summary = results.summary
    counted = len(run.records) - len(summary.invalid_blocks)
    if not results.moments or counted < MIN_VERDICT_BLOCKS:
        return None
    return comparison_data(_kind(run.info), results.moments, summary.noise_floor_percent)


def comparison_data(
    kind: str, moments: RunMoments, noise_floor_percent: float | None
) -> dict[str, Any]:
    """Return what a page keeps of its run, so that later runs can be compared with it.

    Parameters
    ----------
    kind : str
        Equal for runs that may be compared.
    moments : mapping
        Of each metric and cell; those that the figures need are kept.
    noise_floor_percent : float or None
        The run's own.
    """
    return {
        "kind": kind,
        "noise_floor_percent": None
        if noise_floor_percent is None
        else _rounded(noise_floor_percent),
        "moments": {
            metric: [
                [
                    cell.batch_size,
                    cell.threads,
                    values.blocks,
                    _rounded(values.mean),
                    _rounded(values.variance),
                ]
                for cell, values in sorted(moments[metric].items())
                if math.isfinite(values.variance)
            ]
            for metric in (*_METRICS, LOCAL)
        },
    }


def machine_history(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what each headline figure was in a machine's runs, and where one changed.

    Parameters
    ----------
    runs : sequence of mapping
        Listings of one machine and model with the ``run`` they are of, newest first; those that
        can be compared have a ``comparison`` as :func:`comparison_data` makes it.

    Returns
    -------
    dict
        ``zero``, where the plots have their zero line [percent of their width]; ``figures``, by
        key, each with the rows of the newest runs that have it; ``more_count``, how many older
        runs are left out. A row has a ``change`` where a comparison finds one between its run and
        the last one before it of the same kind, and an ``aside`` where there is no such run;
        ``what`` says what was measured where that is not the same in all rows.
    """
    measured = [run for run in runs if run.get("figures")]
    newest = measured[:HISTORY_LENGTH]
    what = _differing_words(newest)
    # One scale for all figures: an interval twice as long is twice as wide.
    scale = PlotScale([_estimate(figure) for run in newest for figure in run["figures"]])
    figures: dict[str, list[dict[str, Any]]] = {}
    for place, run in enumerate(newest):
        changes, aside = _changes_since(run, measured[place + 1 :])
        for figure in run["figures"]:
            key = figure["key"]
            row = _row(run, figure, scale)
            row |= {"change": changes.get(key), "aside": aside, "what": what[place]}
            figures.setdefault(key, []).append(row)
    return {
        "zero": scale.at(0.0),
        "figures": figures,
        "more_count": len(measured) - len(newest),
    }


def _differing_words(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return where each run's worker was, and how it computed, if all runs do not agree on it."""
    places = [(run.get("place") or {}).get("name", "") for run in runs]
    engines = [run.get("engines", "") for run in runs]
    differing = [words for words in (places, engines) if len(set(words)) > 1]
    return ["; ".join(filter(None, (words[at] for words in differing))) for at in range(len(runs))]


def _changes_since(
    run: Mapping[str, Any], older: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, dict[str, str]], str]:
    """Return a run's changes by figure, and a remark where no older run is comparable."""
    comparison = run.get("comparison")
    comparable = [each for each in older if each.get("comparison")]
    if not comparison or not comparable:
        return {}, ""
    previous = next((r for r in comparable if r["comparison"]["kind"] == comparison["kind"]), None)
    if previous is None:
        return {}, "not comparable with older runs"
    floors = previous["comparison"]["noise_floor_percent"], comparison["noise_floor_percent"]
    compared = compare_moments(_moments(previous["comparison"]), _moments(comparison), floors)
    local = {c.cell: c.verdict for c in compared.changes if c.metric == LOCAL}
    pairs = (
        (
            figure_key(_METRICS[change.metric], change.cell),
            _change(change, previous["run"], local.get(change.cell, "")),
        )
        for change in compared.changes
        if change.metric in _METRICS
    )
    return {key: change for key, change in pairs if change}, ""


def _change(change: Change, previous: str, local: str) -> dict[str, str] | None:
    entry = _CHANGES.get((change.metric, change.verdict))
    if entry is None:
        return None
    mark, tone, words = entry
    remark = _ALIKE.get(local, "") if local == change.verdict else ""
    return {"mark": mark, "tone": tone, "text": f"{words} since {previous}{remark}"}


def _moments(comparison: Mapping[str, Any]) -> RunMoments:
    return {
        metric: {
            Cell(batch_size=batch_size, threads=threads): Moments(blocks, mean, variance)
            for batch_size, threads, blocks, mean, variance in rows
        }
        for metric, rows in comparison["moments"].items()
    }


def _rounded(value: float) -> float:
    return significant(value, _DIGITS)


def _row(run: Mapping[str, Any], figure: Mapping[str, Any], scale: PlotScale) -> dict[str, Any]:
    words = {name: figure[name] for name in ("value", "interval", "verdict", "mark", "tone")}
    where = {name: run[name] for name in ("run", "date")}
    return {**where, **words, "plot": scale.plot(_estimate(figure))}


def _estimate(figure: Mapping[str, Any]) -> Estimate | None:
    if figure.get("percent") is None:  # also a page that an older version wrote
        return None
    return Estimate(
        point=figure["percent"],
        low=figure["low"],
        high=figure["high"],
        level=LEVEL,
        n=figure["block_count"],
    )


def _kind(info: RunInfo) -> str:
    """Return a digest of what must be equal in runs that are compared.

    That is the experiment without its lengths, and the facts of both hosts that affect speed.
    The measuring code is not in it: a history shows the effect of changes of the code.
    """
    fields = info.experiment.comparable().items()
    values = [value for name, value in fields if name != "lengths"]
    parts = values, speed_facts(info.client), speed_facts(info.worker)
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()
