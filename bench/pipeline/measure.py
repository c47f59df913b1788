"""The measuring stage: it plans, measures and stores each block, or continues a run."""

import contextlib
import dataclasses
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench import plan
from bench.errors import DataError, HostError, WorkerLost
from bench.host.link import link_facts
from bench.host.validity import invalid_reasons
from bench.measure.request import MeasureRequest, Observer, check_memory
from bench.measure.restart import (
    describe_worker,
    leave_worker,
    measure_restart,
    worker_address,
)
from bench.pipeline.budget import blocks_to_measure
from bench.pipeline.run_choice import check_stored, choose_run, make_info, other_code
from bench.records import (
    Address,
    Block,
    BlockRecord,
    Budget,
    RestartRecord,
    RunInfo,
    Sample,
    changed,
)
from bench.store.folder import RUN_FILE, RunFolder
from bench.store.lock import lock_run

MAX_LOSSES = 2
"""How often in a row a block is measured again after its worker was lost."""


class _BlockLost(Exception):  # noqa: N818 - named for what happened
    """The worker was lost in the middle of a block of this run."""

    def __init__(self, folder: RunFolder, error: WorkerLost) -> None:
        super().__init__(str(error))
        self.folder = folder
        self.error = error


def measure(request: MeasureRequest, observer: Observer) -> Path:
    """Measure until the budget is spent and return the run's folder.

    A block in which the worker is lost is measured again, as the same command would.

    Raises
    ------
    ScalebenchError
        Complete blocks are on disk before anything is raised.
    """
    check_memory(request)
    try:
        return _measure_again_where_lost(request, observer)
    finally:
        leave_worker(request)


def _measure_again_where_lost(request: MeasureRequest, observer: Observer) -> Path:
    begun_s, losses, complete = time.monotonic(), 0, 0
    while True:
        try:
            return _measure_with_worker(request, observer)
        except _BlockLost as lost:
            done = len(lost.folder.complete_blocks())
            losses = losses + 1 if done == complete else 1
            complete = done
            if losses > MAX_LOSSES:
                raise lost.error from lost
            observer.notice(f"{lost.error} It is measured again ({losses} of {MAX_LOSSES}).")
            request = _with_time_left(request, begun_s)
            begun_s = time.monotonic()
            if done:  # not another new run
                name = lost.folder.path.name
                request = dataclasses.replace(request, run=name, new=False)


def _with_time_left(request: MeasureRequest, begun_s: float) -> MeasureRequest:
    minutes = request.budget.minutes
    if minutes is None:
        return request
    minutes_left = max(0.0, minutes - (time.monotonic() - begun_s) / 60)
    return dataclasses.replace(
        request, budget=msgspec.structs.replace(request.budget, minutes=minutes_left)
    )


def _measure_with_worker(request: MeasureRequest, observer: Observer) -> Path:
    with worker_address(request) as address:
        worker = describe_worker(address, request.keys)
        info = make_info(request, worker, link_facts(address))
        folder, reason = choose_run(request, info)
        new_folders = [path for path in (folder.path, *folder.path.parents) if not path.exists()]
        with _empty_run_removal(folder, new_folders, observer):
            folder.make()
            with lock_run(folder.path):
                if other := other_code(info.revision, worker.revision):
                    observer.notice(other)
                _prepare(folder, info, request.budget)
                observer.run_chosen(folder.path, reason, folder.read_records(), request.budget)
                _measure_blocks(request, folder, address, observer)
    return folder.path


def _measure_blocks(
    request: MeasureRequest, folder: RunFolder, address: Address, observer: Observer
) -> None:
    experiment = request.experiment
    for index in blocks_to_measure(folder, request.budget):
        folder.write_schedule(plan.make_schedule(experiment, index))
        block = plan.make_block(experiment, index)
        try:
            record, samples = _measure_block(request, block, address, observer)
        except WorkerLost as error:
            raise _BlockLost(folder, error) from error
        _check_engines(folder, record)
        folder.write_block(record, samples)
        if reasons := invalid_reasons(record):
            observer.block_dismissed(index, reasons)


@contextlib.contextmanager
def _empty_run_removal(
    folder: RunFolder, new_folders: Sequence[Path], observer: Observer
) -> Iterator[None]:
    """Remove at the end the ``new_folders`` of a run, if no block is complete.

    A run without samples has no results; its name and date would only record a failure.
    """
    try:
        yield
    finally:
        if new_folders and folder.path.is_dir() and not folder.complete_blocks():
            # What cannot be removed can still be continued, and may be another process's.
            with contextlib.suppress(OSError, HostError), lock_run(folder.path):
                folder.discard()
                observer.notice(f"no block is complete, so {folder.path} is removed")
                for parent in new_folders[1:]:
                    parent.rmdir()  # fails where another run has been added


def _prepare(folder: RunFolder, info: RunInfo, budget: Budget) -> None:
    """Write the files that precede the blocks; check the stored ones of a continued run."""
    schedule = plan.make_schedule(info.experiment, budget.max_blocks)
    if not (folder.path / RUN_FILE).exists():
        folder.create(info, schedule)
    check_stored(folder)
    folder.write_schedule(schedule)
    if folder.budget is None or len(folder.complete_blocks()) < budget.max_blocks:
        folder.write_budget(budget)


def _measure_block(
    request: MeasureRequest, block: Block, address: Address, observer: Observer
) -> tuple[BlockRecord, list[Sample]]:
    restarts: list[RestartRecord] = []
    samples: list[Sample] = []
    started_at, begun_ns = datetime.now(UTC), time.perf_counter_ns()
    for restart in block.restarts:
        record, rows = measure_restart(request, block.index, restart, address, observer)
        restarts.append(record)
        samples += rows
    return (
        BlockRecord(
            index=block.index,
            started_at=started_at.isoformat(timespec="seconds"),
            wall_ns=time.perf_counter_ns() - begun_ns,
            restarts=tuple(restarts),
        ),
        samples,
    )


def _check_engines(folder: RunFolder, record: BlockRecord) -> None:
    """Refuse a block whose engines are not those of the run's first block.

    The facts of the hosts are compared before the start. What a process really loaded (weights,
    libraries, threads) can be compared only once it runs.
    """
    done = folder.complete_blocks()
    if not done:
        return
    first = {restart.threads: restart for restart in folder.read_record(done[0]).restarts}
    for restart in record.restarts:
        for side in ("client", "worker"):
            before, after = getattr(first[restart.threads], side), getattr(restart, side)
            for name, (old, new) in changed(before, after).items():
                raise DataError(
                    f"block {record.index} is not kept: at {restart.threads} threads the {side}'s "
                    f"{name} is {new} and was {old} in block {done[0]}; measure again with --new."
                )
