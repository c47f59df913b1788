"""How a run went: from its blocks' records, what a reader must know besides the estimates."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd

from bench.host.allocator import MAX_TUNED_FAULTS
from bench.host.validity import invalid_reasons
from bench.page.run_story import Course
from bench.records import BlockRecord, Facts, RestartRecord
from bench.stats.effort import faulting_arms, threads_used, time_spent
from bench.stats.estimate import Summary
from bench.stats.flags import DELTA_FRACTION, FLAGS
from bench.stats.round_trip import Way, link_rate_mbps, probed_ways, wire_time_ns
from bench.stats.stopping import decisions
from bench.store.folder import RunFolder
from bench.text.numbers import signed_percent


def run_course(folder: RunFolder, samples: pd.DataFrame, summary: Summary) -> Course:
    """Return how the run of ``folder`` went, for its page."""
    records = folder.read_records()
    ended = datetime.fromisoformat(records[-1].started_at) + timedelta(
        microseconds=records[-1].wall_ns // 1000
    )
    budget, ways = folder.budget, probed_ways(samples)
    return Course(
        block_count=len(records),
        started_at=records[0].started_at,
        ended_at=ended.isoformat(timespec="seconds"),
        flags=[
            *_dismissed(records, summary),
            *_process_flags(folder.info.experiment.allocator, records, samples),
            *_wire_flags(folder.info.link, ways),
            *_cell_flags(summary),
        ],
        time_spent=time_spent(samples, records),
        decisions=decisions(
            samples,
            (budget.delta_fraction if budget else None) or DELTA_FRACTION,
            summary.invalid_blocks,
            budget.max_blocks if budget else None,
        ),
        ways=ways,
        preset=budget.preset if budget else "quick",
        busy_threads=threads_used(samples),
    )


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


def _process_flags(
    allocator: str, records: Sequence[BlockRecord], samples: pd.DataFrame
) -> list[str]:
    restarts = [restart for record in records for restart in record.restarts]
    flags = []
    shared = sorted({r.threads for r in restarts if r.client.get("client_core_overlap")})
    if shared:
        counts = ", ".join(map(str, shared))
        flags.append(
            f"client_core_overlap: at {counts} threads the client shares the model's cores."
        )
    if allocator == "tuned":
        flags += _memory_flags(restarts, samples)
    return flags


def _memory_flags(restarts: Sequence[RestartRecord], samples: pd.DataFrame) -> list[str]:
    """Return where memory was not reused as ``--allocator tuned`` asks for."""
    mapped = any(f.get("allocator_mapped_count") for r in restarts for f in (r.client, r.worker))
    flags = ["allocator_not_tuned: a process gave its memory back."] if mapped else []
    if arms := faulting_arms(samples, MAX_TUNED_FAULTS):
        where = ", ".join(f"{arm} {' '.join(cells)}" for arm, cells in arms.items())
        flags.append(
            "memory_grew: pages were faulted in while requests were timed, which reads as time to "
            f"compute (batch size/threads: {where})."
        )
    return flags


def _wire_flags(link: Facts, ways: Sequence[Way]) -> list[str]:
    """Return the batch sizes whose probes took less time than their bits need on the wire."""
    rate = link_rate_mbps(link)
    if rate is None:
        return []
    fast = [
        str(way.batch_size)
        for way in ways
        if way.probe_ns and way.probe_ns.point < wire_time_ns(way.payload_bytes, rate)
    ]
    if not fast:
        return []
    said = f"at batch {', '.join(fast)} a round trip takes less time than {rate:g} Mbit/s allow"
    return [f"faster_than_wire: {said}, so the rate that is told is not the link's."]


def _cell_flags(summary: Summary) -> list[str]:
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
