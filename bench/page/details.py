"""Tables below the charts: causes of a loss, percentiles, components, round trips, precision."""

from collections.abc import Sequence
from dataclasses import fields

from bench.page.break_even import break_even_table
from bench.page.detail_rows import Row, Table, head, make_table
from bench.page.inputs import preprocess_table
from bench.records import EMBEDDED_WORKER, RunInfo, numeric_fact
from bench.stats.estimate import (
    ARMS,
    COMPONENTS,
    Attribution,
    CellSummary,
    Estimate,
    Quantile,
    Summary,
)
from bench.stats.pooled import pooled_name
from bench.stats.results import Results
from bench.stats.round_trip import RoundTrip, link_rate_mbps, wire_time_ns
from bench.stats.stopping import Decision
from bench.text import numbers
from bench.text.numbers import number, plain, signed, signed_percent, with_ends
from bench.units import PERCENT, ns_to_ms

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
        "gap is what a model loses by waiting between requests; only the control cells tell it "
        "from slower compute."
    ),
    "together": (
        "By how much the worker computes slower, and what throughput loses with several requests "
        "in flight: to the compute thread waiting for the next request, and to computing more "
        "slowly while another request travels (stretch). In percent, the middle cells of each "
        "block averaged, with 95% intervals over blocks."
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
        "both log medians, whichever is widest; a cell is precise when it is within delta."
    ),
    "way": (
        "In ms: the round trip of requests that are answered without computing; the transport of "
        "those that are computed; and by how much remote is slower, with its 95% interval."
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


def percentile_table(summary: Summary) -> Table | None:
    """Return the percentiles of single requests.

    A cell with too few requests for one has ``n/a``; one that no cell has gets no column.
    """
    by_cell = [(head(c), [c.arms[arm].quantiles_ns for arm in ARMS]) for c in summary.cells]
    measured = [arm for _, arms in by_cell for arm in arms if arm]
    quantiles = measured[0] if measured else ()
    places = [at for at in range(len(quantiles)) if any(q[at].point is not None for q in measured)]
    rows = [
        # An arm that was not measured leaves its own columns empty.
        Row(head, [_quantile(arm[at]) if arm else "" for arm in arms for at in places])
        for head, arms in by_cell
        if any(arms) and places
    ]
    columns = [f"{arm.capitalize()} {_name(quantiles[at])}" for arm in ARMS for at in places]
    table = _table("percentiles", "Percentiles of latency", columns, rows)
    if table is not None and len(places) < len(quantiles):
        missing = [quantile for at, quantile in enumerate(quantiles) if at not in places]
        table["note"] += (
            f" No cell has enough for {' and '.join(map(_name, missing))}: "
            f"{' and '.join(str(quantile.needed_size) for quantile in missing)} would be needed."
        )
    return table


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


def precision_table(summary: Summary, decided: Sequence[Decision]) -> Table | None:
    """Return the precision of each cell, why measuring it ended, and what it would need."""
    by_cell = {decision.cell: decision for decision in decided}
    rows = [
        Row(head(cell), _precision(by_cell[cell.cell]))
        for cell in summary.cells
        if cell.cell in by_cell
    ]
    columns = ["R", "m", "n", "Half-width", "Delta", "Ended by"]
    return _table("precision", "How sure each cell is", columns, rows)


def round_trip_table(
    info: RunInfo, summary: Summary, round_trips: Sequence[RoundTrip]
) -> Table | None:
    """Return the round trip of a probe, the transport of a request, and the latency loss.

    The rate of a link is known where something limits it, or its interface states one; on
    loopback there is none.

    Parameters
    ----------
    info : RunInfo
        The run; its link has the rate.
    summary : Summary
        All planned cells, with their transport and loss.
    round_trips : sequence of RoundTrip
        At most one for each batch size; cells of other batch sizes have no row.
    """
    rate = link_rate_mbps(info.link)
    by_size = {trip.batch_size: trip for trip in round_trips}
    rows = [
        Row(head(cell), _round_trip(by_size[cell.batch_size], cell, rate))
        for cell in summary.cells
        if cell.batch_size in by_size
    ]
    wire = (["Wire time"], ["Transport / wire"]) if rate else ([], [])
    columns = ["Payload", *wire[0], "Probe", "Transport", *wire[1], "Loss"]
    table = _table("way", "The way alone", columns, rows)
    if table and rate:
        table["note"] += (
            f" The link carries {plain(rate)} Mbit/s: the wire time is that of the payload's bits "
            "alone, and where nothing else makes remote slower, the loss is little more."
        )
    return table


def _pooled(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    ends = numbers.interval(estimate)
    return f"{signed_percent(estimate.point)} ({ends})" if ends else signed_percent(estimate.point)


def _table(key: str, title: str, columns: list[str], rows: list[Row]) -> Table | None:
    return make_table(key, title, _NOTES[key], columns, rows)


def _precision(decision: Decision) -> list[str]:
    half_width = decision.half_width
    return [
        str(decision.blocks),
        str(decision.requests_per_block),
        str(decision.requests),
        "" if half_width is None else f"±{PERCENT * half_width:.1f}%",
        f"±{PERCENT * decision.delta_fraction:.1f}%",
        decision.reason.replace("_", " "),
    ]


def _round_trip(trip: RoundTrip, cell: CellSummary, rate_mbps: float | None) -> list[str]:
    transport_ns = cell.components.transport_ns
    times_ms = [numbers.milliseconds(trip.probe_ns), numbers.milliseconds(transport_ns)]
    loss_ms = _extra_ms(cell.latency_loss_ns)
    if rate_mbps is None:
        return [numbers.size(trip.payload_bytes), *times_ms, loss_ms]
    wire_ns = wire_time_ns(trip.payload_bytes, rate_mbps)
    ratio = "" if transport_ns is None else f"{transport_ns.point / wire_ns:.2f}"
    return [numbers.size(trip.payload_bytes), number(ns_to_ms(wire_ns)), *times_ms, ratio, loss_ms]


def _extra_ms(loss_ns: Estimate | None) -> str:
    """Return a difference with its sign and interval: ``+5.2 (+4.9 to +5.5)``."""
    if loss_ns is None:
        return ""
    point = signed(ns_to_ms(loss_ns.point))
    if loss_ns.low is None or loss_ns.high is None:
        return point
    return with_ends(point, *(signed(ns_to_ms(end)) for end in (loss_ns.low, loss_ns.high)))


def _points(estimate: Estimate | None) -> str:
    return "" if estimate is None else signed_percent(estimate.point).removesuffix("%")


def _ratio(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.point:.3f}"


def _name(quantile: Quantile) -> str:
    return f"p{plain(PERCENT * quantile.probability)}"


def _quantile(quantile: Quantile) -> str:
    if quantile.point is None:
        return f"n/a (n* = {quantile.effective_size:.0f} < {quantile.needed_size})"
    text = number(ns_to_ms(quantile.point))
    if quantile.low is None or quantile.high is None:
        return text
    low, high = (number(ns_to_ms(end)) for end in (quantile.low, quantile.high))
    return with_ends(text, low, high)
