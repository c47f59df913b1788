"""Rows of a long run of ResNet50 on two cores, whose times vary as on a real machine.

How much room a row takes depends on how much its stamps vary, to the nanosecond. Segments and
requests vary by a few percent, one request in a hundred takes twice as long, and each part of an
overhead varies by itself.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np

from bench.calibration.machine import Noise
from bench.calibration.stamps import PARTS_NS, Stamps, serve_all
from bench.config import IN_FLIGHT
from bench.plan import make_block
from bench.records import (
    Arm,
    Block,
    BlockRecord,
    Cell,
    CellLengths,
    Experiment,
    Outcome,
    Phase,
    Placement,
    Sample,
    SegmentLength,
)
from bench.stats.columns import Floats
from bench.store.folder import RunFolder
from tests.page.factory import make_info

IMAGE_NS = 60e6
_COMPUTING = Noise(segment_sd=0.02, request_sd=0.03, spike_fraction=0.01, spike_factor=2.0)
_OTHER = Noise(segment_sd=0.05, request_sd=0.15, spike_fraction=0.01, spike_factor=5.0)
_LOCAL_PARTS_NS = {"prepare": 5e4, "decode": 5e4}
_BETWEEN_NS, _RESTART_NS = 2e4, 8e9
_SENDING = 0.2
"""The share of the transport to the worker that the call of send takes."""
_WORKER_AHEAD_NS = 1e15
_LATEST_NS = 10**15
"""When a block begins at the latest: stamps are exact below 2^53 ns."""
_HEADER_BYTES = 96
Columns = dict[str, Floats]


def long_experiment(block_rows: int) -> Experiment:
    """Return an experiment of all batch sizes whose blocks have about so many rows."""
    experiment = make_info().experiment
    visits = [visit for restart in make_block(experiment, 1).restarts for visit in restart.visits]
    count = block_rows // sum(len(visit.arms) for visit in visits)
    lengths = CellLengths(
        local=SegmentLength(warmup_count=2, latency_count=count),
        remote=SegmentLength(burst_count=8, latency_count=count, probe_count=2),
    )
    return msgspec.structs.replace(experiment, lengths=(lengths,) * len(experiment.batch_sizes))


def write_made_block(
    folder: Path, experiment: Experiment, block: Block, record: BlockRecord
) -> None:
    """Store a block with its made-up rows.

    Parameters
    ----------
    folder : Path
        That of the run.
    experiment : Experiment
        Its segments may have any length.
    block : Block
        The block as it is planned.
    record : BlockRecord
        Its record, of any block.
    """
    numbered = msgspec.structs.replace(record, index=block.index)
    RunFolder(folder).write_block(numbered, rows_of(experiment, block))


def rows_of(experiment: Experiment, block: Block) -> Iterator[Sample]:
    """Yield the rows of a block as it is planned; a block has the same rows each time."""
    rng = np.random.default_rng([experiment.seed, block.index])
    now_ns = float(rng.integers(_LATEST_NS))
    for restart in block.restarts:
        now_ns += _RESTART_NS
        for visit in restart.visits:
            cell = Cell(batch_size=visit.batch_size, threads=restart.threads)
            for arm in visit.arms:
                columns = _columns(experiment, cell, arm, rng, now_ns)
                yield from _samples(experiment, block.index, cell, arm, columns)
                now_ns = columns["c5_ns"].max() + _BETWEEN_NS


def _columns(
    experiment: Experiment, cell: Cell, arm: Arm, rng: np.random.Generator, begin_ns: float
) -> Columns:
    """Return the stamps and counters of a segment, each float64 [requests]."""
    length = experiment.lengths_of(cell.batch_size).of(arm.placement)
    count = length.request_count
    compute_ns = IMAGE_NS * cell.batch_size / cell.threads * _factors(_COMPUTING, rng, count)
    compute_ns[length.computed_count :] = 0
    remote = arm.placement is Placement.REMOTE
    medians_ns = PARTS_NS if remote else _LOCAL_PARTS_NS
    parts = {name: each * _factors(_OTHER, rng, count) for name, each in medians_ns.items()}
    stamps = (
        _remote_stamps(begin_ns, compute_ns, parts, length.burst_count)
        if remote
        else _stamps(("c1", "w3", "w4", "c5"), begin_ns, [*parts.values()], compute_ns)
    )
    return {
        **stamps,
        "c0_ns": stamps["c1_ns"],
        "minor_faults_count": rng.poisson(0.1, count).astype(np.float64),
        "cpu_ns": compute_ns * cell.threads * (1 - 0.03 * rng.random(count)),
    }


def _remote_stamps(
    begin_ns: float, compute_ns: Floats, parts: Mapping[str, Floats], burst_count: int
) -> Columns:
    """Return the stamps of a burst and of the requests after it, which follow one by one."""
    in_burst = {name: part[None, :burst_count] for name, part in parts.items()}
    burst = serve_all(np.array([begin_ns]), compute_ns[None, :burst_count], in_burst, IN_FLIGHT)
    after = _stamps(
        Stamps._fields,
        burst.c5.max() + _BETWEEN_NS,
        [part[burst_count:] for part in parts.values()],
        compute_ns[burst_count:],
    )
    stamps = {name: np.append(early, after[name]) for name, early in zip(after, burst, strict=True)}
    ahead = {name: stamp + _WORKER_AHEAD_NS for name, stamp in stamps.items() if name[0] == "w"}
    return {**stamps, **ahead, "c3_ns": stamps["c2_ns"] + _SENDING * parts["transport_out"]}


def _stamps(
    names: tuple[str, ...], begin_ns: float, parts: list[Floats], compute_ns: Floats
) -> Columns:
    """Return the stamps of requests of which each begins when the one before it has ended."""
    computing = names.index("w3")
    steps = [*parts[:computing], compute_ns, *parts[computing:]]
    taken_ns = np.sum(steps, axis=0) + _BETWEEN_NS
    c1_ns = begin_ns + np.cumsum(taken_ns) - taken_ns
    stamps = np.cumsum([c1_ns, *steps], axis=0)
    return {f"{name}_ns": stamp for name, stamp in zip(names, stamps, strict=True)}


def _factors(noise: Noise, rng: np.random.Generator, count: int) -> Floats:
    factors: Floats = np.exp(noise.draw(rng, (1, count))[0])
    return factors


def _samples(
    experiment: Experiment, block: int, cell: Cell, arm: Arm, columns: Columns
) -> Iterator[Sample]:
    lengths = experiment.lengths_of(cell.batch_size)
    length, distinct = lengths.of(arm.placement), lengths.local.computed_count
    phases = [phase for phase, count in length.phases for _ in range(count)]
    remote = arm.placement is Placement.REMOTE
    payload_bytes = 4 * 3 * experiment.image_size**2 * cell.batch_size
    rows = zip(*(each.round().astype(np.int64).tolist() for each in columns.values()), strict=True)
    for request, (phase, row) in enumerate(zip(phases, rows, strict=True)):
        yield Sample(
            block=block,
            threads=cell.threads,
            batch_size=cell.batch_size,
            arm=arm,
            phase=phase,
            in_flight_count=IN_FLIGHT if phase is Phase.BURST else 1,
            request=request,
            batch=request % distinct,
            outcome=Outcome.OK,
            payload_bytes=payload_bytes,
            wire_bytes=payload_bytes + _HEADER_BYTES if remote else 0,
            worker=0 if remote else None,
            **dict(zip(columns, row, strict=True)),
        )
