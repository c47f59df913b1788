"""The measuring stage: plan, measure block by block, store; and go on where it stopped."""

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench import plan
from bench.errors import DataError
from bench.host.link import link_facts
from bench.host.validity import invalid_reasons
from bench.measure.request import MeasureRequest, Observer
from bench.measure.restart import describe_worker, measure_restart, worker_endpoint
from bench.pipeline.budget import blocks_to_measure
from bench.pipeline.run_choice import check_stored, choose_run, make_info
from bench.records import Block, BlockRecord, Budget, RestartRecord, RunInfo, Sample
from bench.store.folder import RUN_FILE, RunFolder


def measure(request: MeasureRequest, observer: Observer) -> Path:
    """Measure until the budget is spent and return the run's folder.

    Raises
    ------
    ScalebenchError
        Complete blocks are on disk before anything is raised.
    """
    with worker_endpoint(request) as endpoint:
        info = make_info(request, describe_worker(endpoint), link_facts(endpoint))
        folder, reason = choose_run(request, info)
        with _removed_without_a_block(folder, observer):
            _prepare(folder, info, request.budget)
            observer.run_chosen(folder.path, reason, folder.read_records(), request.budget)
            for index in blocks_to_measure(folder, request.budget):
                folder.write_schedule(plan.make_schedule(info.experiment, index))
                block = plan.make_block(info.experiment, index)
                record, samples = _measure_block(request, block, endpoint, observer)
                _check_engines(folder, record)
                folder.write_block(record, samples)
                if reasons := invalid_reasons(record):
                    observer.block_dismissed(index, reasons)
    return folder.path


@contextlib.contextmanager
def _removed_without_a_block(folder: RunFolder, observer: Observer) -> Iterator[None]:
    """Remove in the end the folders that were made meanwhile, if no block is complete.

    A run without samples says nothing, and its name and date would be those of a failure.
    """
    made = [path for path in (folder.path, *folder.path.parents) if not path.exists()]
    try:
        yield
    finally:
        if made and folder.path.is_dir() and not folder.complete_blocks():
            with contextlib.suppress(OSError):  # what cannot be removed can still be continued
                folder.discard()
                observer.notice(f"no block is complete, so {folder.path} is removed")
                for parent in made[1:]:
                    parent.rmdir()  # not where another run has come in


def _prepare(folder: RunFolder, info: RunInfo, budget: Budget) -> None:
    """Write what is known before measuring; of a run that goes on, check what it has so far."""
    schedule = plan.make_schedule(info.experiment, budget.max_blocks)
    if not (folder.path / RUN_FILE).exists():
        folder.create(info, schedule)
    check_stored(folder)
    folder.write_schedule(schedule)
    if folder.budget is None or len(folder.complete_blocks()) < budget.max_blocks:
        folder.write_budget(budget)


def _measure_block(
    request: MeasureRequest, block: Block, endpoint: str, observer: Observer
) -> tuple[BlockRecord, list[Sample]]:
    restarts: list[RestartRecord] = []
    samples: list[Sample] = []
    started_at, begun_ns = datetime.now(UTC), time.perf_counter_ns()
    for restart in block.restarts:
        record, rows = measure_restart(request, block.index, restart, endpoint, observer)
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

    The facts of the hosts are compared before anything starts; what a process really loaded
    (weights, libraries, threads) is known only once it runs.
    """
    done = folder.complete_blocks()
    if not done:
        return
    first = {restart.threads: restart for restart in folder.read_record(done[0]).restarts}
    for restart in record.restarts:
        for side in ("client", "worker"):
            before, after = getattr(first[restart.threads], side), getattr(restart, side)
            for name in sorted(before.keys() | after.keys()):
                if before.get(name) != after.get(name):
                    raise DataError(
                        f"block {record.index} is not kept: at {restart.threads} threads the "
                        f"{side}'s {name} is {after.get(name)} and was {before.get(name)} in block "
                        f"{done[0]}; measure again with --new."
                    )
