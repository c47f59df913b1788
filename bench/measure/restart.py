"""One restart: a fresh measuring child is run to its end against a worker."""

from contextlib import AbstractContextManager

import zmq

from bench.engine.open import engine_environment
from bench.errors import WorkerError, WorkerLost
from bench.host.sources import known_facts
from bench.measure.events import (
    SEGMENT_ATTEMPTS,
    RestartDone,
    RestartEvent,
    RestartJob,
    RestartReady,
    SegmentDone,
)
from bench.measure.request import MeasureRequest, Observer
from bench.processes import START_TIMEOUT_S, ChildProgram, ProgramDied
from bench.records import ANY_LOOPBACK_PORT, Address, Restart, RestartRecord, Sample
from bench.transport.control import COMPILE_TIMEOUT_S, ControlClient
from bench.transport.security import ClientKeys
from bench.wire.messages import Description
from bench.worker.jobs import WorkerJob
from bench.worker.launch import GivenAddress, Launcher, LocalProcess


def worker_address(request: MeasureRequest) -> AbstractContextManager[Address]:
    """Give the address of the worker; an embedded one is started, and stopped afterwards."""
    job = WorkerJob(
        bind=ANY_LOOPBACK_PORT,
        engine=request.experiment.engines.remote,
        weights_path=str(request.weights_path.absolute()) if request.weights_path else None,
        image_size_max=request.experiment.image_size,
    )
    launcher: Launcher = LocalProcess()
    if request.worker is not None:
        launcher = GivenAddress(request.worker)
    return launcher.launch(job)


def describe_worker(address: Address, keys: ClientKeys | None) -> Description:
    """Return the description of a worker, over an encrypted connection if there are ``keys``."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    control = ControlClient(context, address, keys)
    try:
        return control.describe()
    finally:
        control.close()
        context.term()


def leave_worker(request: MeasureRequest) -> None:
    """Send a worker that is not embedded that its client is done, if the worker still runs."""
    if request.worker is None:
        return
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    control = ControlClient(context, request.worker, request.keys)
    control.leave(request.client)
    control.close()
    context.term()


def measure_restart(
    request: MeasureRequest,
    block: int,
    restart: Restart,
    address: Address,
    observer: Observer,
) -> tuple[RestartRecord, list[Sample]]:
    """Run one measuring child to its end and return what it measured.

    Parameters
    ----------
    request : MeasureRequest
        What is measured, and by which program.
    block : int
        The number of the block that the restart is part of.
    restart : Restart
        The thread count, and which cells to visit.
    address : Address
        Where the worker listens.
    observer : Observer
        Receives each segment, and notices for the user.

    Returns
    -------
    RestartRecord
        What was recorded of its two processes.
    list of Sample
        One row per request, of all segments.

    Raises
    ------
    WorkerError
        If the child or the worker fails; then nothing of the restart is stored.
    """
    samples: list[Sample] = []
    experiment = request.experiment
    weights_path = str(request.weights_path.absolute()) if request.weights_path else None
    child: ChildProgram[RestartEvent] = ChildProgram(
        request.child,
        RestartJob(
            experiment,
            block,
            restart,
            address,
            weights_path,
            request.client,
            str(request.input_path.absolute()) if request.input_path else None,
            request.keys,
        ),
        RestartEvent,
        engine_environment(experiment.allocator, restart.threads),
    )
    compiled = [experiment.engines.local.compiled, experiment.engines.remote.compiled]
    start_s = START_TIMEOUT_S + sum(compiled) * COMPILE_TIMEOUT_S
    ready: RestartReady | None = None
    repeated_count = 0
    try:
        while True:
            event = child.first_event(start_s) if ready is None else child.next_event()
            match event:
                case RestartReady():
                    ready = event
                    for line in event.may_differ:
                        observer.notice(line)
                case SegmentDone():
                    if event.repeated:
                        repeated_count += 1
                        observer.notice(_repeated_words(block, event))
                    samples += event.samples
                    observer.segment_done(block, event)
                case RestartDone():
                    break
    except ProgramDied as error:
        raise WorkerLost(
            f"{error} in block {block}; complete blocks are kept, "
            "the same command goes on from there."
        ) from error
    finally:
        child.stop()
    if ready is None:
        raise WorkerError("the measuring process ended before it was ready; run the command again.")
    record = RestartRecord(
        threads=restart.threads,
        startup_ns=ready.startup_ns,
        wall_ns=event.wall_ns,
        repeated_segments_count=repeated_count,
        compile_ns=ready.compile_ns,
        worker_compile_ns=ready.worker_compile_ns,
        answers=event.answers,
        client=ready.client,
        worker=known_facts(ready.worker, ready.client),
        client_before=ready.client_before,
        client_after=event.client_after,
        worker_before=known_facts(ready.worker_before, ready.client_before),
        worker_after=known_facts(event.worker_after, event.client_after),
    )
    return record, samples


def _repeated_words(block: int, event: SegmentDone) -> str:
    cell = event.cell
    return (
        f"block {block}: a request at batch size {cell.batch_size} with {cell.threads} threads was "
        f"not answered in time; its segment was measured again ({event.repeated} of "
        f"{SEGMENT_ATTEMPTS - 1})"
    )
