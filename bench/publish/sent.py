"""Runs over the same link, of the same images and engines, that differ in what is sent."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from bench.page.inputs import images_words, is_default, sent_words
from bench.page.table import overhead_words
from bench.records import RunInfo
from bench.stats.cells import CellSummary
from bench.stats.results import Results
from bench.text import numbers
from bench.text.numbers import counted

Run = dict[str, Any]


def sent_listing(info: RunInfo, results: Results) -> Run | None:
    """Return what a run sends, and what that costs at its headline cells; None of an import.

    Parameters
    ----------
    info : RunInfo
        The run.
    results : Results
        Its results.

    Returns
    -------
    dict or None
        ``what`` is sent, ``place`` where the images are decoded and resized, ``size`` of an image
        as it is sent, ``images`` that identify them, whether it is the ``default``, and ``rows``.
    """
    if info.source:
        return None
    experiment = info.experiment
    return {
        "what": sent_words(experiment),
        "place": experiment.preprocess,
        "size": _image_size(results),
        "images": images_words(experiment),
        "default": is_default(experiment),
        "rows": [_row(cell) for cell in results.summary.headline_cells],
    }


def sent_groups(runs: Sequence[Run]) -> list[Run]:
    """Return the groups of runs to be set side by side: each differs in what is sent only.

    Parameters
    ----------
    runs : sequence of Run
        The :func:`bench.publish.listing.listing` of each run, the newest first.
    """
    candidates = [run for run in runs if (run.get("sent") or {}).get("rows") and run.get("place")]
    ordered = sorted(candidates, key=_group)
    return [
        {"title": title, "place": place, "images": images, "runs": ways}
        for (title, _, place, images), group in groupby(ordered, key=_group)
        if len(ways := list(_newest_ways(list(group)))) > 1
    ]


def _group(run: Run) -> tuple[str, str, str, str]:
    return run["group"], run["arms"], run["place"]["name"], run["sent"]["images"]


def _newest_ways(group: Sequence[Run]) -> Iterator[Run]:
    """Yield the newest run of each way to send, those with the most bytes first."""
    newest: dict[tuple[str, str], Run] = {}
    for run in group:
        newest.setdefault((run["sent"]["what"], run["sent"]["place"]), run)
    for run in sorted(newest.values(), key=lambda run: -run["sent"]["size"]["bytes"]):
        names = ("prefix", "machine", "run", "date")
        yield {**{name: run[name] for name in names if name in run}, **run["sent"]}


def _image_size(results: Results) -> dict[str, Any]:
    """Return how many bytes are sent for an image, in the largest batch."""
    trips = results.round_trips
    count = round(trips[-1].payload_bytes / trips[-1].batch_size) if trips else 0
    return {"bytes": count, "text": f"{count:,}"}


def _row(cell: CellSummary) -> dict[str, Any]:
    loss, bare = cell.latency_loss_percent, cell.bare_loss_percent
    return {
        "batch": str(cell.batch_size),
        "threads": counted(cell.threads, "thread"),
        **overhead_words(cell),
        "loss": numbers.loss(loss),
        "loss_interval": numbers.interval(loss),
        "bare_loss": numbers.loss(bare or loss),
        "bare_loss_interval": numbers.interval(bare or loss),
    }
