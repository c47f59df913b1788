"""Tables below the charts: all in their order, and those of what a loss is made of."""

from dataclasses import fields

from bench.page.break_even import break_even_table
from bench.page.detail_rows import Row, Table, head, make_table
from bench.page.inputs import preprocess_table
from bench.page.percentiles import percentile_table
from bench.page.precision import precision_table
from bench.page.round_trips import round_trip_table
from bench.records import EMBEDDED_WORKER, RunInfo, numeric_fact
from bench.stats.cells import COMPONENTS, Attribution, Summary
from bench.stats.estimate import Estimate
from bench.stats.pooled import pooled_name
from bench.stats.results import Results
from bench.text import numbers
from bench.text.numbers import signed_percent

_CAUSES = {
    "preprocessing": "Preprocessing",
    "copies": "Copies",
    "encoding": "Encoding",
    "transport": "Transport",
    "queueing": "Queueing",
    "idle_gap": "Idle gap",
    "slower_compute": "Slower compute",
    "rest": "Rest",
}
_OPTIONAL_CAUSES = ("preprocessing", "copies")
_POOLED = {
    "compute_difference": "Compute difference",
    "waiting": "Waiting",
    "stretch": "Stretch",
}
_NOTES = {
    "attribution": (
        "Percentage points of the latency loss by cause; each row adds up to its loss. An idle "
        "gap is what a model loses by waiting between requests; only the control cells "
        "separate it from slower compute."
    ),
    "together": (
        "By how much the worker computes slower, and what throughput loses with several requests "
        "in flight: to the compute thread waiting for the next request, and to computing more "
        "slowly while another request travels (stretch). In percent, the middle cells of each "
        "block averaged, with 95% intervals over blocks."
    ),
    "components": (
        "The parts of the typical remote request, in ms; transport is both directions. The last "
        "column is what the worker computes as a multiple of what local does: a slower "
        "processor is no slower network."
    ),
}


def detail_tables(info: RunInfo, results: Results) -> list[Table]:
    """Return the tables below the charts that have rows, in their order."""
    summary = results.summary
    tables = [
        attribution_table(summary),
        pooled_table(info, summary),
        component_table(summary),
        preprocess_table(summary),
        round_trip_table(info, summary, results.round_trips),
        break_even_table(info, results),
        percentile_table(summary),
        precision_table(summary, results.decisions),
    ]
    return [table for table in tables if table is not None]


def attribution_table(summary: Summary) -> Table | None:
    """Return the percentage points of each cell's latency loss by cause; they add up to it."""
    causes = [
        part.name
        for part in fields(Attribution)
        if part.name not in _OPTIONAL_CAUSES
        or any(getattr(cell.attribution, part.name) for cell in summary.cells)
    ]
    rows = [
        Row(
            head(cell),
            [
                numbers.loss(cell.latency_loss_percent),
                *(_points(getattr(cell.attribution, cause)) for cause in causes),
            ],
        )
        for cell in summary.cells
        if cell.attribution.transport is not None
    ]
    columns = ["Loss", *(_CAUSES[cause] for cause in causes)]
    return _table("attribution", "Where the loss went", columns, rows)


def pooled_table(info: RunInfo, summary: Summary) -> Table | None:
    """Return the pooled figures of all thread counts and of each one.

    Where the client shares the model's cores, the measured waiting is a lower bound.
    """
    threads = sorted({cell.threads for cell in summary.cells})
    groups = [("all", None), *((str(count), count) for count in threads)]
    shared = max(threads, default=0) >= (numeric_fact(info.client, "physical_cores_count") or 1)
    rows = [
        Row([name], [_pooled(summary.pooled.get(pooled_name(kind, count))) for kind in _POOLED])
        for name, count in groups
    ]
    filled_rows = [row for row in rows if any(row.cells)]
    table = _table("together", "All cells together", list(_POOLED.values()), filled_rows)
    if table is None:
        return None
    if shared and info.experiment.worker == EMBEDDED_WORKER:
        table["note"] += (
            " Client and model share cores at the most threads: waiting is at least that."
        )
    return {**table, "head": ["Threads"]}


def component_table(summary: Summary) -> Table | None:
    """Return the components of the latency of a typical remote request [ms]."""
    by_cell = [(cell, cell.components.known) for cell in summary.cells]
    names = [name for name in COMPONENTS if any(name in known for _, known in by_cell)]
    rows = [
        Row(
            head(cell),
            [
                *(numbers.milliseconds(known.get(name)) for name in names),
                _ratio(cell.compute_ratio),
            ],
        )
        for cell, known in by_cell
        if cell.components.transport_ns is not None
    ]
    titles = (name.replace("_", " ").capitalize() for name in names)
    columns = [*titles, "Compute ratio"]
    return _table("components", "Where a request's time goes", columns, rows)


def _pooled(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    ends = numbers.interval(estimate)
    return f"{signed_percent(estimate.point)} ({ends})" if ends else signed_percent(estimate.point)


def _table(key: str, title: str, columns: list[str], rows: list[Row]) -> Table | None:
    return make_table(key, title, _NOTES[key], columns, rows)


def _points(estimate: Estimate | None) -> str:
    return "" if estimate is None else signed_percent(estimate.point).removesuffix("%")


def _ratio(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.point:.3f}"
