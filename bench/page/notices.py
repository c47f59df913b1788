"""What a reader must know besides the estimates: how the run went, and what was noticed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bench.host.allocator import MAX_TUNED_FAULTS
from bench.host.validity import invalid_reasons
from bench.records import BlockRecord, Budget, Cell, Facts, RestartRecord
from bench.stats.estimate import Summary
from bench.stats.flags import FLAGS
from bench.stats.results import Results
from bench.stats.round_trip import RoundTrip, link_rate_mbps, wire_time_ns
from bench.stats.stopping import all_precise
from bench.store.run import Run
from bench.text.numbers import signed_percent

NOTICES = {
    "client_core_overlap": "the client shares the model's cores",
    "allocator_not_tuned": "a process gave memory back although it was told to keep it",
    "memory_grew": "pages were faulted in while requests were timed, which reads as computing",
    "faster_than_wire": "probes take less time than their bits need at the rate of the link",
    "throughput_from_latency": "imported throughputs are the batch over the mean latency",
    "arms_differ": "imported arms differ in more than where they compute",
    **FLAGS,
}
"""Every notice that a page may bear, and what it means."""


class RunNotes(NamedTuple):
    """How a run went: its complete blocks, when it began and ended, what the report noticed.

    ``budget`` is the one that the run was last measured with; ``blocks_to_come`` is how many
    blocks of its plan are missing.
    """

    block_count: int
    started_at: str
    ended_at: str
    notices: Sequence[str] = ()
    budget: Budget | None = None
    blocks_to_come: int = 0


def run_notes(run: Run, results: Results) -> RunNotes:
    """Return how a run went, for its page; of an imported one nothing but what to beware of."""
    if not run.records:
        return RunNotes(0, "", "", results.caveats)
    last = run.records[-1]
    ended = datetime.fromisoformat(last.started_at) + timedelta(microseconds=last.wall_ns // 1000)
    return RunNotes(
        block_count=len(run.records),
        started_at=run.records[0].started_at,
        ended_at=ended.isoformat(timespec="seconds"),
        notices=[
            *_dismissed(run.records, results.summary),
            *_process_notices(run, results),
            *_wire_notices(run.info.link, results.round_trips),
            *_cell_notices(results.summary),
        ],
        budget=run.budget,
        blocks_to_come=_blocks_to_come(run, results),
    )


def _blocks_to_come(run: Run, results: Results) -> int:
    """Return how many blocks are still to be measured; none where the run has ended for good.

    That is after so many blocks, of which too few count, and where each interval is narrow enough.
    """
    budget = run.budget
    if budget is None or len(run.records) >= budget.most_blocks:
        return 0
    if budget.delta_fraction is not None and all_precise(results.decisions):
        return 0
    return max(0, budget.max_blocks - results.summary.counted_blocks)


def _dismissed(records: Sequence[BlockRecord], summary: Summary) -> list[str]:
    """Return why blocks do not count, and what the losses would be if they did."""
    if summary.with_invalid is None:
        return []
    invalid = [record for record in records if record.index in summary.invalid_blocks]
    lines = [
        f"block {record.index} is kept but does not count: {'; '.join(invalid_reasons(record))}."
        for record in invalid
    ]
    pairs = zip(summary.cells, summary.with_invalid.cells, strict=True)
    changes = [
        (abs(new.point - old.point), cell.batch_size, cell.threads, old.point, new.point)
        for cell, other in pairs
        if (old := cell.latency_loss_percent) and (new := other.latency_loss_percent)
    ]
    if changes:
        _, batch_size, threads, without, with_them = max(changes)
        lines.append(
            f"with those blocks the latency loss changes most at batch {batch_size}, threads "
            f"{threads}: from {signed_percent(without)} to {signed_percent(with_them)}."
        )
    return lines


def _process_notices(run: Run, results: Results) -> list[str]:
    restarts = [restart for record in run.records for restart in record.restarts]
    notices = []
    shared = sorted({r.threads for r in restarts if r.client.get("client_core_overlap")})
    if shared:
        counts = ", ".join(map(str, shared))
        notices.append(
            f"client_core_overlap: at {counts} threads the client shares the model's cores."
        )
    if run.info.experiment.allocator == "tuned" and results.effort is not None:
        notices += _memory_notices(restarts, results.effort.fault_counts)
    return notices


def _memory_notices(
    restarts: Sequence[RestartRecord], fault_counts: Mapping[tuple[str, Cell], float]
) -> list[str]:
    """Return where memory was not reused as ``--allocator tuned`` asks for."""
    mapped = any(f.get("allocator_mapped_count") for r in restarts for f in (r.client, r.worker))
    notices = ["allocator_not_tuned: a process gave its memory back."] if mapped else []
    faulting: dict[str, list[str]] = defaultdict(list)
    for (arm, cell), count in fault_counts.items():
        if count > MAX_TUNED_FAULTS * cell.batch_size:
            faulting[arm].append(f"{cell.batch_size}/{cell.threads}")
    if faulting:
        where = ", ".join(f"{arm} {' '.join(cells)}" for arm, cells in faulting.items())
        notices.append(
            "memory_grew: pages were faulted in while requests were timed, which reads as time to "
            f"compute (batch size/threads: {where})."
        )
    return notices


def _wire_notices(link: Facts, round_trips: Sequence[RoundTrip]) -> list[str]:
    """Return the batch sizes whose probes took less time than their bits need on the wire."""
    rate = link_rate_mbps(link)
    if rate is None:
        return []
    fast = [
        str(trip.batch_size)
        for trip in round_trips
        if trip.probe_ns and trip.probe_ns.point < wire_time_ns(trip.payload_bytes, rate)
    ]
    if not fast:
        return []
    said = f"at batch {', '.join(fast)} a round trip takes less time than {rate:g} Mbit/s allow"
    return [f"faster_than_wire: {said}, so the rate that is told is not the link's."]


def _cell_notices(summary: Summary) -> list[str]:
    """Return one line a flag, with the cells that have it."""
    raised: dict[str, list[str]] = defaultdict(list)
    for cell in summary.cells:
        for flag in cell.flags:
            raised[flag].append(f"{cell.batch_size}/{cell.threads}")
    return [
        f"{flag}: {meaning} (batch size/threads {', '.join(raised[flag])})."
        for flag, meaning in FLAGS.items()
        if flag in raised
    ]
