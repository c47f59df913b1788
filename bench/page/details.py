"""Tables below the charts: where a loss went, percentiles, components, the way, how sure it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from bench.charts.numerals import number, plain, signed_percent
from bench.page import format as shown
from bench.page.course import Course
from bench.records import RunInfo
from bench.stats.estimate import Attribution, CellSummary, Estimate, Quantile, Summary
from bench.stats.stopping import Decision
from bench.stats.way import Way, link_rate_mbps, wire_time_ns
from bench.units import PERCENT, ns_to_ms

Table = dict[str, Any]
_CAUSES = {
    "encoding": "Encoding",
    "transport": "Transport",
    "queueing": "Queueing",
    "idle_gap": "Idle gap",
    "slower_compute": "Slower compute",
    "rest": "Rest",
}
_NOTES = {
    "attribution": (
        "Percentage points of the latency loss by cause; each row adds up to its loss. An idle "
        "gap is what a model loses by waiting between requests; only the control cells tell it "
        "from slower compute."
    ),
    "percentiles": (
        "Single requests, in ms, with 95% intervals that know how alike the requests of a block "
        "are. Where n* independent requests would be too few for a percentile, there is no "
        "number."
    ),
    "components": (
        "The parts of the typical remote request, in ms; transport is both directions. The last "
        "column is what the worker computes as a multiple of what local does: a slower "
        "processor is no slower network."
    ),
    "precision": (
        "R blocks of m requests make n an arm. The half-width is that of the log ratio and of "
        "both log medians, whichever is widest; a cell is precise when it is within delta. The "
        "best m is what these blocks suggest for the next run."
    ),
    "way": ("Round trips of requests that are answered without computing, in ms."),
}
_COMPONENTS = ("encode", "transport", "queue", "decode_in", "compute", "encode_out", "decode")
_COMPONENT_TITLES = ("Encode", "Transport", "Queue", "Decode in", "Compute", "Encode out", "Decode")


def detail_tables(info: RunInfo, summary: Summary, course: Course) -> list[Table]:
    """Return the tables below the charts that have something to say, in their order."""
    tables = [
        attribution_table(summary),
        component_table(summary),
        way_table(info, course.ways),
        percentile_table(summary),
        precision_table(summary, course.decisions, course.best_lengths),
    ]
    return [table for table in tables if table is not None]


def attribution_table(summary: Summary) -> Table | None:
    """Return the percentage points of each cell's latency loss by cause; they add up to it."""
    cells = [cell for cell in summary.cells if cell.attribution.transport is not None]
    names = [part.name for part in fields(Attribution)]
    return _table(
        "attribution",
        "Where the loss went",
        ["Loss", *(_CAUSES[name] for name in names)],
        [
            (
                cell,
                [
                    shown.loss(cell.latency_loss_percent),
                    *(_points(getattr(cell.attribution, name)) for name in names),
                ],
            )
            for cell in cells
        ],
    )


def percentile_table(summary: Summary) -> Table | None:
    """Return the percentiles of single requests; one that the data cannot carry says so."""
    cells = [cell for cell in summary.cells if cell.quantiles_local_ns or cell.quantiles_remote_ns]
    if not cells:
        return None
    some = next(filter(None, (c.quantiles_local_ns or c.quantiles_remote_ns for c in cells)))
    names = [f"p{plain(PERCENT * quantile.probability)}" for quantile in some]
    return _table(
        "percentiles",
        "Percentiles of latency",
        [f"{arm} {name}" for arm in ("Local", "Remote") for name in names],
        [
            (c, [_quantile(q) for q in (*c.quantiles_local_ns, *c.quantiles_remote_ns)])
            for c in cells
        ],
    )


def component_table(summary: Summary) -> Table | None:
    """Return where the time of a typical remote request goes [ms]."""
    cells = [cell for cell in summary.cells if cell.components.transport_ns is not None]
    return _table(
        "components",
        "Where a request's time goes",
        [*_COMPONENT_TITLES, "Compute ratio"],
        [
            (
                cell,
                [
                    *(
                        shown.milliseconds(getattr(cell.components, f"{name}_ns"))
                        for name in _COMPONENTS
                    ),
                    _ratio(cell.compute_ratio),
                ],
            )
            for cell in cells
        ],
    )


def precision_table(
    summary: Summary,
    decided: Sequence[Decision],
    best_lengths: Mapping[tuple[int, int], int | None],
) -> Table | None:
    """Return how sure each cell is, why measuring it ended, and what it would need."""
    found = {(d.batch_size, d.threads): d for d in decided}
    rows = []
    for cell in summary.cells:
        key = cell.batch_size, cell.threads
        if key in found:
            d, best = found[key], best_lengths.get(key)
            rows.append(
                (
                    cell,
                    [
                        str(d.blocks),
                        str(d.requests_per_block),
                        str(d.requests),
                        "" if d.half_width is None else f"±{PERCENT * d.half_width:.1f}%",
                        f"±{PERCENT * d.delta_fraction:.1f}%",
                        d.reason.replace("_", " "),
                        "" if best is None else str(best),
                    ],
                )
            )
    return _table(
        "precision",
        "How sure each cell is",
        ["R", "m", "n", "Half-width", "Delta", "Ended by", "Best m"],
        rows,
    )


def way_table(info: RunInfo, ways: Sequence[Way]) -> Table | None:
    """Return what requests that compute nothing take, beside the wire time where it is known."""
    rate = link_rate_mbps(info.link)
    rows = [
        {
            "head": [str(way.batch_size)],
            "cells": [
                shown.size(way.payload_bytes),
                shown.milliseconds(way.probe_ns),
                *([number(ns_to_ms(wire_time_ns(way.payload_bytes, rate)))] if rate else []),
            ],
        }
        for way in ways
    ]
    if not rows:
        return None
    note = _NOTES["way"]
    if rate:
        note += f" The link carries {plain(rate)} Mbit/s: the wire time is that of the bits alone."
    return {
        "id": "way",
        "title": "The way alone",
        "note": note,
        "head": ["Batch"],
        "columns": ["Payload", "Probe", *(["Wire time"] if rate else [])],
        "rows": rows,
    }


def _table(
    key: str,
    title: str,
    columns: Sequence[str],
    rows: Iterable[tuple[CellSummary, list[str]]],
) -> Table | None:
    shown_rows = [
        {"head": [str(cell.batch_size), str(cell.threads)], "cells": cells} for cell, cells in rows
    ]
    if not shown_rows:
        return None
    return {
        "id": key,
        "title": title,
        "note": _NOTES[key],
        "head": ["Batch", "Threads"],
        "columns": list(columns),
        "rows": shown_rows,
    }


def _points(estimate: Estimate | None) -> str:
    return "" if estimate is None else signed_percent(estimate.point).removesuffix("%")


def _ratio(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.point:.3f}"


def _quantile(quantile: Quantile) -> str:
    if quantile.point is None:
        return f"n/a (n* = {quantile.effective_size:.0f} < {quantile.needed_size})"
    text = number(ns_to_ms(quantile.point))
    if quantile.low is None or quantile.high is None:
        return text
    low, high = (number(ns_to_ms(end)) for end in (quantile.low, quantile.high))
    return f"{text} [{low}, {high}]"
