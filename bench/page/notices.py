"""Notes on a run besides its estimates: its blocks, its time, and the notices of the report."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bench.host.allocator import MAX_TUNED_FAULTS
from bench.host.validity import invalid_reasons
from bench.page.engines import compile_words, emulation_notices
from bench.records import AnswerComparison, BlockRecord, Budget, Cell, Facts, RestartRecord
from bench.stats.cells import Summary
from bench.stats.flags import FLAGS
from bench.stats.results import Results
from bench.stats.round_trip import RoundTrip, link_rate_mbps, wire_time_ns
from bench.stats.stopping import all_precise
from bench.store.run import Run
from bench.text.numbers import counted, listed, signed_percent

NOTICES = {
    "client_core_overlap": "the client shares the model's cores",
    "allocator_not_tuned": "a process returned memory that its allocator was set to keep",
    "memory_grew": "pages were faulted in while requests were timed, which reads as computing",
    "faster_than_wire": "probes take less time than their bits need at the rate of the link",
    "throughput_from_latency": "imported throughputs are the batch over the mean latency",
    "arms_differ": "imported arms differ in more than where they compute",
    **FLAGS,
}
"""The notices of a report and their meanings, by the word for each in ``details.csv``."""
_SENTENCES = {
    "drift": "Neighbouring blocks resemble each other {}, so the interval may be too narrow there.",
    "not_steady": "Within a segment, latency is not shown to stay within 1% {}.",
    "differential_warmup": "Within a segment, local and remote change by more than 1% apart {}.",
    "outlier_sensitive": "Few blocks pull the mean of the loss away from a robust estimate {}.",
    "imprecise": "The interval of the loss is wider than ±2% {}.",
    "littles_law": "Throughput, latency and requests in flight disagree by 2% or more {}.",
    "probes_differ": "Probes, which compute nothing, take another time than the overhead {}.",
    "repeated_faster": "Batches that are sent once more are computed 20% faster {}: the worker may "
    "remember its answers.",
}
"""The sentence of a page on each flag, and on the cells that have it."""
_USUAL = ("not_steady", "imprecise")
"""These hold in every cell of nearly every run on a shared host: see the method page."""
_NAMED_CELLS = 4  # up to so many, a notice names its cells


class RunNotes(NamedTuple):
    """Notes on a run: its complete blocks, when it began and ended, the notices of the report.

    ``budget`` is the one that the run was last measured with; ``blocks_to_come`` is how many
    blocks of its plan are missing; ``answers`` are those of all blocks, and ``compiling`` says how
    long models were compiled.
    """

    block_count: int
    started_at: str
    ended_at: str
    notices: Sequence[str] = ()
    budget: Budget | None = None
    blocks_to_come: int = 0
    answers: AnswerComparison = AnswerComparison()
    compiling: str = ""


def run_notes(run: Run, results: Results) -> RunNotes:
    """Return the notes on a run, for its page; of an imported one only its caveats."""
    if not run.records:
        return RunNotes(0, "", "", results.caveats)
    last = run.records[-1]
    restarts = [restart for record in run.records for restart in record.restarts]
    ended = datetime.fromisoformat(last.started_at) + timedelta(microseconds=last.wall_ns // 1000)
    return RunNotes(
        block_count=len(run.records),
        started_at=run.records[0].started_at,
        answers=sum((restart.answers for restart in restarts), AnswerComparison()),
        compiling=compile_words(restarts),
        ended_at=ended.isoformat(timespec="seconds"),
        notices=[
            *_dismissed(run.records, results.summary),
            *emulation_notices(run.info.experiment.engines, restarts),
            *_process_notices(run, results),
            *_wire_notices(run.info.link, results.round_trips),
            *_cell_notices(results.summary),
        ],
        budget=run.budget,
        blocks_to_come=_blocks_to_come(run, results),
    )


def _blocks_to_come(run: Run, results: Results) -> int:
    """Return how many blocks are still to be measured; 0 where the run will not go on.

    It ends at the limit of its blocks, even if too few count, or when each interval is narrow.
    """
    budget = run.budget
    if budget is None or len(run.records) >= budget.block_limit:
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
        f"Block {record.index} is kept but does not count: {_reason_words(record)}."
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
            f"With the blocks that do not count, the latency loss changes most at batch "
            f"{batch_size} with {counted(threads, 'thread')}: from {signed_percent(without)} to "
            f"{signed_percent(with_them)}."
        )
    return lines


def _reason_words(record: BlockRecord) -> str:
    """Return why a block does not count; a reason of several processes is given once."""
    places: dict[str, list[str]] = defaultdict(list)
    for reason in invalid_reasons(record):
        finding, _, place = reason.rpartition(" (")
        places[finding].append(place.removesuffix(")"))
    return "; ".join(f"{finding} ({', '.join(names)})" for finding, names in places.items())


def _process_notices(run: Run, results: Results) -> list[str]:
    restarts = [restart for record in run.records for restart in record.restarts]
    notices = []
    shared = sorted({r.threads for r in restarts if r.client.get("client_core_overlap")})
    if shared:
        counts = f"{', '.join(map(str, shared))} thread{'s' * (shared != [1])}"
        notices.append(
            f"With {counts}, the client shares the model's cores: sending slows computing down."
        )
    if repeated := sum(restart.repeated_segments_count for restart in restarts):
        notices.append(
            f"A request was not answered in time in {counted(repeated, 'segment')}, which "
            f"{'was' if repeated == 1 else 'were'} measured again: waits as long as that are not "
            "among the samples."
        )
    if run.info.experiment.allocator == "tuned" and results.effort is not None:
        notices += _memory_notices(restarts, results.effort.fault_counts)
    return notices


def _memory_notices(
    restarts: Sequence[RestartRecord], fault_counts: Mapping[tuple[str, Cell], float]
) -> list[str]:
    """Return where memory was not reused as ``--allocator tuned`` asks for."""
    mapped = any(f.get("allocator_mapped_count") for r in restarts for f in (r.client, r.worker))
    notices = ["A process returned memory that its allocator was set to keep."] if mapped else []
    faulting: dict[str, list[Cell]] = defaultdict(list)
    for (arm, cell), count in fault_counts.items():
        if count > MAX_TUNED_FAULTS * cell.batch_size:
            faulting[arm].append(cell)
    planned = len({cell for _, cell in fault_counts})
    if faulting:
        arms = "; ".join(f"{arm} {_where(cells, planned)}" for arm, cells in faulting.items())
        notices.append(
            "Pages were faulted in while requests were timed, which reads as time to compute: "
            f"{arms}."
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
    text = f"At batch {', '.join(fast)} a round trip takes less time than {rate:g} Mbit/s allow"
    return [f"{text}, so the rate that is known is not the link's."]


def _cell_notices(summary: Summary) -> list[str]:
    """Return one sentence per flag, with the cells that have it."""
    measured = summary.measured_count
    cells_by_flag: dict[str, list[Cell]] = defaultdict(list)
    for cell in summary.cells:
        for flag in cell.flags:
            cells_by_flag[flag].append(cell.cell)
    return [
        _SENTENCES[flag].format(_where(cells_by_flag[flag], measured))
        for flag in FLAGS
        if flag in cells_by_flag and not (flag in _USUAL and len(cells_by_flag[flag]) == measured)
    ]


def _where(cells: Sequence[Cell], planned: int) -> str:
    """Return cells in words: named if they are few, else counted."""
    if len(cells) == planned and planned > 1:
        return "in every cell"
    if len(cells) > _NAMED_CELLS:
        return f"in {len(cells)} of {planned} cells"
    names = [f"batch {cell.batch_size} with {counted(cell.threads, 'thread')}" for cell in cells]
    return f"at {listed(names)}"
