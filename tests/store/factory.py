"""Made-up runs on disk, of any number of blocks, whose truth is known."""

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from bench.plan import arms_of, make_schedule
from bench.records import (
    Arm,
    Block,
    BlockRecord,
    Cell,
    Experiment,
    Outcome,
    Phase,
    Sample,
)
from bench.store.folder import RunFolder
from bench.store.run import load_run
from tests.page.factory import make_info

MS = 1_000_000
Slow = Callable[[Cell, Arm], float]


def make_run(
    path: Path,
    blocks: int,
    *,
    seed: int = 1,
    sd: float = 0.01,
    slow: Slow = lambda _cell, _arm: 1.0,
    batch_sizes: tuple[int, ...] = (1, 2, 8),
    **info: Any,
) -> RunFolder:
    """Write a run of some batch sizes with 1 and 2 threads.

    Parameters
    ----------
    path : Path
        The run's folder.
    blocks : int
        How many blocks are planned and stored.
    sd : float
        Standard deviation of a block's effect on the log of an arm's times; requests within a
        block vary by half of it.
    slow : callable
        A factor on all times of an arm in a cell.
    info : Any
        Fields of the run.
    """
    folder = RunFolder(path)
    run = make_info("stub:10", batch_sizes, **{"run": path.name, **info})
    schedule = make_schedule(run.experiment, blocks)
    folder.create(run, schedule)
    rng = random.Random(seed)  # noqa: S311 - a simulation is no secret
    for block in schedule.blocks:
        samples = samples_of_block(run.experiment, block, rng, sd, slow)
        record = BlockRecord(
            index=block.index,
            started_at=f"2024-05-31T12:{block.index:02d}:00+00:00",
            wall_ns=10**9,
            restarts=(),
        )
        folder.write_block(record, samples)
    return folder


def rows_of_run(path: Path) -> pd.DataFrame:
    """Return the rows of all blocks of a run."""
    return pd.concat(map(pd.DataFrame, load_run(path).blocks()), ignore_index=True)


def keep_blocks(folder: RunFolder, kept: range) -> RunFolder:
    """Remove all blocks but these: what is left is a run of its own."""
    for index in folder.complete_blocks():
        if index not in kept:
            folder.block_path(index).unlink()
    return folder


def samples_of_block(
    experiment: Experiment,
    block: Block,
    rng: random.Random,
    sd: float = 0.01,
    slow: Slow = lambda _cell, _arm: 1.0,
) -> list[Sample]:
    """Return the rows of a block as it was planned; see :func:`make_run`."""
    now, rows = 1_000 * MS, []
    for restart in block.restarts:
        for visit in restart.visits:
            cell = Cell(batch_size=visit.batch_size, threads=restart.threads)
            assert set(visit.arms) == set(arms_of(experiment, *_key(cell)))
            for arm in visit.arms:
                typical_ns = _typical_ns(cell, arm) * slow(cell, arm) * math.exp(rng.gauss(0, sd))
                length = experiment.lengths_of(visit.batch_size).of(arm.placement)
                phases = [phase for phase, count in length.phases for _ in range(count)]
                assert len(phases) == length.request_count
                for request, phase in enumerate(phases):
                    took = round(typical_ns * math.exp(rng.gauss(0, sd / 2)))
                    rows.append(_sample(block.index, cell, arm, phase, request, now, took))
                    now += took
    return rows


def _key(cell: Cell) -> tuple[int, int]:
    return cell.batch_size, cell.threads


def _typical_ns(cell: Cell, arm: Arm) -> float:
    return MS * 10 * cell.batch_size / cell.threads * (1.05 if arm is Arm.REMOTE else 1.0)


def _sample(
    block: int, cell: Cell, arm: Arm, phase: Phase, request: int, start: int, took: int
) -> Sample:
    remote = arm is Arm.REMOTE
    fifth = took // 5
    probe = phase is Phase.PROBE
    return Sample(
        block=block,
        threads=cell.threads,
        batch_size=cell.batch_size,
        arm=arm,
        phase=phase,
        in_flight_count=2 if phase is Phase.BURST else 1,
        request=request,
        batch=0,
        outcome=Outcome.OK,
        c0_ns=start,
        c1_ns=start,
        c2_ns=start + 1 if remote else None,
        c3_ns=start + 2 if remote else None,
        c4_ns=start + took - 1 if remote else None,
        c5_ns=start + took,
        w1_ns=fifth if remote else None,
        w2_ns=fifth if remote else None,
        w3_ns=fifth,
        w4_ns=4 * fifth,
        w5_ns=4 * fifth if remote else None,
        minor_faults_count=0,
        payload_bytes=cell.batch_size,
        wire_bytes=cell.batch_size if remote else 0,
        cpu_ns=None if probe else 3 * fifth * cell.threads,
    )


def as_older(info: dict[str, Any], version: int) -> dict[str, Any]:
    """Return what run.json was where both arms had one engine: up to schema 4."""
    experiment = info["experiment"]
    engine = experiment.pop("engines")["local"]
    experiment |= {name: engine[name] for name in ("model", "weights")}
    experiment["in_flight_count"] = experiment.pop("load")["in_flight_count"]
    del experiment["codec"], experiment["input"]
    return {**info, "schema_version": version}
