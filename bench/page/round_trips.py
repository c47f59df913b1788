"""The table of round trips without computing, beside the transport of requests."""

from collections.abc import Sequence

from bench.page.detail_rows import Row, Table, head, make_table
from bench.records import RunInfo
from bench.stats.cells import CellSummary, Summary
from bench.stats.estimate import Estimate
from bench.stats.round_trip import RoundTrip, link_rate_mbps, wire_time_ns
from bench.text import numbers
from bench.text.numbers import number, plain, signed, with_ends
from bench.units import ns_to_ms

_NOTE = (
    "In ms: the round trip of requests that are answered without computing; the transport of "
    "those that are computed; and by how much remote is slower, with its 95% interval."
)


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
    table = make_table("round_trips", "Round trips without computing", _NOTE, columns, rows)
    if table and rate:
        table["note"] += (
            f" The link carries {plain(rate)} Mbit/s: the wire time is that of the payload's bits "
            "alone, and where nothing else makes remote slower, the loss is little more."
        )
    return table


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
