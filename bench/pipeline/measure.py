"""The measuring stage: plan, measure block by block, store; and go on where it stopped."""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import bench
from bench import config, plan
from bench.errors import DataError, HostError, UsageError, WorkerError
from bench.host.facts import host_facts, machine_name
from bench.host.link import link_facts
from bench.host.process import Program, ProgramDied
from bench.host.revision import revision_facts
from bench.measure.events import (
    RestartDone,
    RestartEvent,
    RestartJob,
    RestartReady,
    SegmentDone,
)
from bench.model import engine_environment
from bench.records import (
    Block,
    BlockRecord,
    Budget,
    Experiment,
    Facts,
    Restart,
    RestartRecord,
    RunInfo,
    Sample,
)
from bench.store.folder import RUN_FILE, RunFolder
from bench.store.schema import SCHEMA_VERSION

MEASURING_ROOMS = (
    "config.py",
    "plan.py",
    "records.py",
    "wire",
    "transport",
    "host",
    "model",
    "worker",
    "measure",
)


class Observer(Protocol):
    """Is told how a run goes on, between segments only."""

    def run_chosen(self, folder: Path, reason: str, blocks_done: int, blocks_planned: int) -> None:
        """Hear which folder is measured into, and why."""

    def segment_done(self, block: int, event: SegmentDone) -> None:
        """Hear that one arm of a cell is measured."""

    def notice(self, text: str) -> None:
        """Hear something that a reader should know."""


@dataclass(frozen=True)
class MeasureRequest:
    """What ``measure`` was asked for."""

    experiment: Experiment
    budget: Budget
    data: Path
    machine: str | None = None
    run: str | None = None
    new: bool = False
    comment: str = ""
    weights_path: Path | None = None


def measure(request: MeasureRequest, observer: Observer) -> Path:
    """Measure until the budget is spent and return the run's folder.

    Raises
    ------
    ScalebenchError
        Complete blocks are on disk before anything is raised.
    """
    with worker_endpoint(request) as endpoint:
        worker = _describe(endpoint)
        info = _make_info(request, worker, link_facts(endpoint))
        folder, reason = choose_run(request, info)
        schedule = plan.make_schedule(info.experiment, request.budget.max_blocks)
        if not (folder.path / RUN_FILE).exists():
            folder.create(info, schedule)
        check_stored(folder)
        folder.write_schedule(schedule)
        done = folder.complete_blocks()
        observer.run_chosen(folder.path, reason, len(done), len(schedule.blocks))
        for block in schedule.blocks:
            if block.index in done:
                continue
            if _precise_enough(folder, request.budget):
                observer.notice("every interval is narrow enough; the run ends here")
                break
            record, samples = _measure_block(request, block, endpoint, observer)
            _check_engines(folder, record)
            folder.write_block(record, samples)
    return folder.path


def choose_run(request: MeasureRequest, info: RunInfo) -> tuple[RunFolder, str]:
    """Return the folder to measure into, and why that one.

    Raises
    ------
    DataError
        If a run was named that is of another experiment or environment, with the differences.
    """
    root = request.data / info.machine
    if request.run is not None:
        folder = RunFolder(root / request.run)
        if not (folder.path / RUN_FILE).exists():
            return folder, "new run"
        changed = differences(folder.info, info)
        if changed:
            raise DataError(
                f"{folder.path} cannot be continued; since its first block these changed: "
                f"{'; '.join(changed)}. Give another --run, or --new."
            )
        return folder, "continues this run"
    reason = "new run"
    runs = sorted(root.glob(f"*/{RUN_FILE}"), key=lambda p: RunFolder(p.parent).info.created_at)
    for path in reversed(runs if not request.new else []):
        folder = RunFolder(path.parent)
        if folder.info.experiment != info.experiment:
            continue
        changed = differences(folder.info, info)
        if not changed:
            return folder, "continues the newest run of this experiment"
        reason = f"new run, since {'; '.join(changed)} changed after {folder.path.name}"
        break
    return RunFolder(root / info.run), reason


def check_stored(folder: RunFolder) -> None:
    """Read all that a run has so far, so that no time is spent on what cannot be continued.

    Raises
    ------
    DataError
        If its schedule is missing, or a file is damaged, foreign or newer.
    """
    planned = {block.index for block in folder.schedule.blocks}
    for index in folder.complete_blocks():
        if index not in planned:
            raise DataError(
                f"{folder.block_path(index)} is not in the schedule of its run; move it elsewhere."
            )
        folder.read_record(index)


def differences(stored: RunInfo, now: RunInfo) -> list[str]:
    """Return what keeps two runs from being one: experiment, code, facts of both hosts."""
    changed = [
        f"{name} is {getattr(now.experiment, name)} and was {getattr(stored.experiment, name)}"
        for name in stored.experiment.__struct_fields__
        if getattr(now.experiment, name) != getattr(stored.experiment, name)
    ]
    if stored.code_digest != now.code_digest:
        changed.append("the measuring code")
    for side in ("client", "worker"):
        before, after = getattr(stored, side), getattr(now, side)
        changed += [
            f"{side} {name} is {after.get(name)} and was {before.get(name)}"
            for name in sorted(before.keys() | after.keys())
            if before.get(name) != after.get(name)
        ]
    return changed


def code_digest(root: Path | None = None) -> str:
    """Return the SHA-256 of the sources of the rooms that measure."""
    root = root or Path(bench.__file__).parent
    digest = hashlib.sha256()
    for room in MEASURING_ROOMS:
        path = root / room
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            digest.update(f"{file.relative_to(root).as_posix()}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def _make_info(request: MeasureRequest, worker: Facts, link: Facts) -> RunInfo:
    machine = machine_name() if request.machine is None else request.machine
    now = datetime.now(UTC)
    run = _next_run(request.data / machine, now) if request.run is None else request.run
    embedded = request.experiment.worker == config.EMBEDDED_WORKER
    remote = (
        "a worker process on the same machine, reached over ZeroMQ on TCP loopback: "
        "the cost of another process, not of a network"
        if embedded
        else f"a worker at {request.experiment.worker}, reached over ZeroMQ on TCP"
    )
    return RunInfo(
        schema_version=SCHEMA_VERSION,
        machine=machine,
        run=run,
        created_at=now.isoformat(timespec="seconds"),
        comment=request.comment,
        experiment=request.experiment,
        code_digest=code_digest(),
        client=host_facts(),
        worker=worker,
        placement={"local": "the model in the measuring process", "remote": remote},
        link=link,
        revision=revision_facts(),
    )


def _next_run(root: Path, now: datetime) -> str:
    day = now.date().isoformat()
    number = 1
    while (root / f"{day}-{number}").exists():
        number += 1
    return f"{day}-{number}"


@contextlib.contextmanager
def worker_endpoint(request: MeasureRequest) -> Iterator[str]:
    """Give the endpoint of the worker; an embedded one is started, and stopped afterwards."""
    if request.experiment.worker != config.EMBEDDED_WORKER:
        yield request.experiment.worker
        return
    from bench.worker.embedded import start_embedded  # noqa: PLC0415
    from bench.worker.jobs import WorkerJob  # noqa: PLC0415

    job = WorkerJob(
        bind="tcp://127.0.0.1:*",
        model=request.experiment.model,
        weights_path=str(request.weights_path.absolute()) if request.weights_path else None,
        weights=request.experiment.weights,
        image_size_max=request.experiment.image_size,
    )
    program, endpoint = start_embedded(job)
    try:
        yield endpoint
    finally:
        program.stop()


def _describe(endpoint: str) -> Facts:
    import zmq  # noqa: PLC0415

    from bench.transport.client import ControlClient  # noqa: PLC0415

    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    control = ControlClient(context, endpoint)
    try:
        return control.describe().host
    finally:
        control.close()
        context.term()


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


def measure_restart(
    request: MeasureRequest,
    block: int,
    restart: Restart,
    endpoint: str,
    observer: Observer,
) -> tuple[RestartRecord, list[Sample]]:
    """Run one measuring child to its end and return what it saw.

    Raises
    ------
    WorkerError
        If the child or the worker fails; nothing of the restart is kept then.
    """
    samples: list[Sample] = []
    experiment = request.experiment
    weights_path = str(request.weights_path.absolute()) if request.weights_path else None
    child: Program[RestartEvent] = Program(
        "bench.measure.child",
        RestartJob(experiment, block, restart, endpoint, weights_path),
        RestartEvent,
        engine_environment(experiment.allocator, restart.threads),
    )
    ready: RestartReady | None = None
    try:
        while True:
            event = child.next_event()
            match event:
                case RestartReady():
                    ready = event
                    for line in event.may_differ:
                        observer.notice(line)
                case SegmentDone():
                    samples += event.samples
                    observer.segment_done(block, event)
                case RestartDone():
                    break
    except ProgramDied as error:
        raise WorkerError(
            f"{error} in block {block}; complete blocks are kept, "
            "the same command goes on from there."
        ) from error
    finally:
        child.stop()
    if ready is None:
        raise WorkerError("the measuring process ended before it began; run the command again.")
    record = RestartRecord(
        threads=restart.threads,
        startup_ns=ready.startup_ns,
        wall_ns=event.wall_ns,
        client=ready.client,
        worker=ready.worker,
        client_before=ready.client_before,
        client_after=event.client_after,
        worker_before=ready.worker_before,
        worker_after=event.worker_after,
    )
    return record, samples


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


def _precise_enough(folder: RunFolder, budget: Budget) -> bool:
    if budget.delta_fraction is None or not folder.complete_blocks():
        return False
    from bench.stats.stopping import precise_enough  # noqa: PLC0415
    from bench.stats.validity import invalid_blocks  # noqa: PLC0415
    from bench.store.read import read_samples  # noqa: PLC0415

    records = [folder.read_record(index) for index in folder.complete_blocks()]
    return precise_enough(read_samples(folder), budget.delta_fraction, invalid_blocks(records))


def check_request(request: MeasureRequest) -> None:
    """Refuse names and folders that cannot be used, before anything is started.

    Raises
    ------
    UsageError
        Naming the flag and its value.
    HostError
        If the data folder cannot be written.
    """
    for flag, name in (("--machine", request.machine), ("--run", request.run)):
        if name is not None:
            config.check_name(name, flag)
    data = request.data
    if data.exists() and not data.is_dir():
        raise UsageError(f"--data: {data} is not a folder; name one for the runs.")
    parent = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    if not os.access(parent, os.W_OK):
        raise HostError(f"--data: {parent} cannot be written; name a folder that can.")
