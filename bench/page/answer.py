"""The answer of a run for programs and for quoting: ``answer.json``, ``answer.txt``, a citation."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from bench.page.worker_place import heading, place_of
from bench.records import RunInfo
from bench.stats.cells import CellSummary
from bench.stats.estimate import Estimate
from bench.stats.pooled import COMPUTE_DIFFERENCE
from bench.stats.results import Results
from bench.stats.round_trip import wire_times_ns
from bench.store.run import RunFile
from bench.text.numbers import finite, plain_text, significant
from bench.units import NS_PER_MS, ns_to_ms

ANSWER_VERSION = 1


def data_digest(files: Iterable[RunFile]) -> str:
    """Return the SHA-256 of a run's files together.

    It is that of the lines ``<sha256>  <name>``, ordered by name, as ``sha256sum`` prints them.
    """
    lines = (f"{file.sha256}  {file.path.name}\n" for file in files)
    ordered = sorted(lines, key=lambda line: line.partition("  ")[2])
    return hashlib.sha256("".join(ordered).encode()).hexdigest()


def citation(info: RunInfo, date: str, digest: str) -> str:
    """Return how to cite a run: what it is, when it was measured, by which code, and its data.

    Parameters
    ----------
    info : RunInfo
        The run.
    date : str
        The day when it was measured, from :func:`bench.page.page.measured_on`.
    digest : str
        The SHA-256 of its files together, from :func:`data_digest`.
    """
    text = f"{heading(info)}, run {info.run}. Measured on {date} with scalebench ({info.code})"
    if info.source:
        study = plain_text(str(info.source.get("origin", "another study")))
        text = f"{heading(info)}, run {info.run}. Imported from {study}, {date}"
    return f"{text}. Data: SHA-256 {digest}."


def answer_text(info: RunInfo, sentences: Iterable[str], citation_line: str) -> str:
    """Return the answer as plain text.

    Parameters
    ----------
    info : RunInfo
        The run; its heading is the first line.
    sentences : iterable of str
        The paragraphs of the answer; empty ones are left out.
    citation_line : str
        The last line, from :func:`citation`.
    """
    text = "\n\n".join(sentence for sentence in sentences if sentence)
    return f"{heading(info)}\n\n{text}\n\n{citation_line}\n"


def answer_json(info: RunInfo, results: Results, words: dict[str, str]) -> str:
    """Return the answer as JSON: facts of the run, and the overhead of each measured cell.

    Parameters
    ----------
    words : dict of str to str
        Further texts: ``answer``, ``date``, ``citation``, ``data_sha256``.

    Returns
    -------
    str
        An object; times are in ms, shares in percent, and each has ``value``, ``low`` and
        ``high``, which are null without an interval. ``version`` is that of this form.
    """
    summary = results.summary
    wire = wire_times_ns(info.link, results.round_trips)
    measured = [cell for cell in summary.cells if cell.overhead.overhead_ns is not None]
    content = {
        "version": ANSWER_VERSION,
        "title": heading(info),
        "machine": info.machine,
        "run": info.run,
        "model": info.experiment.model,
        "worker_place": None if info.source else place_of(info).name,
        "blocks": summary.counted_blocks,
        **words,
        "compute_difference_percent": _estimate(summary.pooled.get(COMPUTE_DIFFERENCE)),
        "cells": [_cell(cell, wire.get(cell.batch_size)) for cell in measured],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _cell(cell: CellSummary, wire_ns: float | None) -> dict[str, Any]:
    return {
        "batch_size": cell.batch_size,
        "threads": cell.threads,
        "overhead_ms": _estimate(cell.overhead.overhead_ns, NS_PER_MS),
        "overhead_percent": _estimate(cell.overhead.overhead_percent),
        "verdict": cell.overhead_verdict,
        "wire_ms": None if wire_ns is None else significant(ns_to_ms(wire_ns)),
        "local_latency_ms": _estimate(cell.arms["local"].latency_ns, NS_PER_MS),
        "remote_latency_ms": _estimate(cell.arms["remote"].latency_ns, NS_PER_MS),
        "latency_loss_percent": _estimate(cell.latency_loss_percent),
        "throughput_loss_percent": _estimate(cell.throughput_loss_percent),
    }


def _estimate(estimate: Estimate | None, unit: float = 1.0) -> dict[str, float | None] | None:
    if estimate is None:
        return None
    ends = {"value": estimate.point, "low": estimate.low, "high": estimate.high}
    return {name: None if end is None else finite(end / unit) for name, end in ends.items()}
