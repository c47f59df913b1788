"""The measuring child: local model and client socket in one fresh process, one restart long."""

import os
import time
from pathlib import Path

import zmq

from bench.engine.facts import compute_facts
from bench.engine.inputs import ImagePool
from bench.engine.open import open_engine
from bench.engine.spec import CHANNELS, DTYPE
from bench.errors import ScalebenchError
from bench.host.cores import pin_thread, plan_cores
from bench.host.counters import moment_facts
from bench.measure.agreement import check_agreement, check_answer, check_threads
from bench.measure.events import RestartDone, RestartJob, RestartReady, SegmentDone
from bench.measure.executor import Executor, IdleExecutor, LocalExecutor
from bench.measure.remote import RemoteExecutor
from bench.measure.segment import Answers, idle_pause_ns, measure_segment
from bench.processes import Outlet
from bench.records import Arm, Cell, Experiment, Facts, Placement, Sample, Visit
from bench.transport.control import ControlClient
from bench.transport.data import DataClient
from bench.units import ns_to_s
from bench.wire import tensor_bytes
from bench.wire.messages import Hello

clock = time.perf_counter_ns


class Session:
    """Both executors of one restart, opened side by side and proved to agree.

    The thread that calls is on the service core while it is a client, and on the compute cores
    while it is the local arm's first compute thread. ZeroMQ's own thread is started on the
    service core.
    """

    def __init__(self, job: RestartJob) -> None:
        experiment = job.experiment
        side = experiment.image_size
        self.job = job
        self._cores = plan_cores(job.restart.threads)
        self.client_before = moment_facts(os.getpid())
        pin_thread(self._cores.service)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._control = ControlClient(self._context, job.endpoint)
        self.worker_before = self._control.describe().moment
        hello = make_hello(experiment, job.restart.threads)
        self._control.send_hello(hello)
        pin_thread(self._cores.compute)
        engine = open_engine(
            experiment.model,
            threads=job.restart.threads,
            shape=(max(experiment.batch_sizes), CHANNELS, side, side),
            weights=Path(job.weights_path) if job.weights_path else None,
        )
        self.pool = ImagePool(experiment.seed, side)
        self.client = compute_facts(engine, self._cores, experiment.allocator)
        welcome = self._control.receive_welcome(hello)
        self.worker = welcome.engine
        self.may_differ = check_agreement(self.client, self.worker, job.endpoint)
        self._data = DataClient(
            self._context,
            f"{job.endpoint.rpartition(':')[0]}:{welcome.port}",
            payload_bytes_max=tensor_bytes(DTYPE, (max(experiment.batch_sizes), 1000)),
        )
        self._local = LocalExecutor(engine, clock)
        self._remote = RemoteExecutor(
            self._data,
            self._control,
            session=welcome.session,
            timeout_s=experiment.timeout_s,
            clock=clock,
        )

    def executor(self, arm: Arm, idle_s: float) -> Executor:
        """Return the executor of an arm, with the calling thread on that arm's cores."""
        if arm.placement is Placement.REMOTE:
            pin_thread(self._cores.service)
            self._remote.begin_segment()
            return self._remote
        pin_thread(self._cores.compute)
        return IdleExecutor(self._local, idle_s) if arm is Arm.IDLE else self._local

    def worker_moment(self) -> Facts:
        """Return how the worker's host is just now."""
        return self._control.describe().moment

    def close(self) -> None:
        """Close both connections, which ends the compute process."""
        self._data.close()
        self._control.close()
        self._context.term()


def make_hello(experiment: Experiment, threads: int) -> Hello:
    """Return what a worker is asked for at one thread count."""
    return Hello(
        model=experiment.model,
        weights=experiment.weights,
        image_size=experiment.image_size,
        batch_size_max=max(experiment.batch_sizes),
        threads=threads,
        allocator=experiment.allocator,
        in_flight_count=experiment.in_flight_count,
    )


def main() -> None:
    """Measure the restart of the job on standard input."""
    outlet = Outlet()
    try:
        _measure(outlet)
    except ScalebenchError as error:
        outlet.fail(error)


def _measure(outlet: Outlet) -> None:
    begun_ns = clock()
    session = Session(outlet.receive_job(RestartJob))
    outlet.emit(
        RestartReady(
            client=session.client,
            worker=session.worker,
            client_before=session.client_before,
            worker_before=session.worker_before,
            startup_ns=clock() - begun_ns,
            may_differ=session.may_differ,
        )
    )
    samples: dict[Placement, list[Sample]] = {placement: [] for placement in Placement}
    for visit in session.job.restart.visits:
        for arm, rows in _visit(outlet, session, visit).items():
            samples[arm.placement] += rows
    threads = session.job.restart.threads
    check_threads(samples[Placement.REMOTE], threads, f"the worker at {session.job.endpoint}")
    check_threads(samples[Placement.LOCAL], threads, "the measuring process")
    worker_after = session.worker_moment()
    session.close()
    outlet.emit(
        RestartDone(
            client_after=moment_facts(os.getpid()),
            worker_after=worker_after,
            wall_ns=clock() - begun_ns,
        )
    )


def _visit(outlet: Outlet, session: Session, visit: Visit) -> dict[Arm, list[Sample]]:
    """Measure a cell's arms back to back, and only then compare their answers."""
    job = session.job
    cell = Cell(batch_size=visit.batch_size, threads=job.restart.threads)
    samples: dict[Arm, list[Sample]] = {}
    answers: dict[Arm, Answers] = {}
    for arm in visit.arms:
        idle_s = ns_to_s(idle_pause_ns(samples.get(Arm.REMOTE, [])))
        samples[arm], answers[arm] = measure_segment(
            session.executor(arm, idle_s), session.pool, job.experiment, job.block, cell, arm
        )
        outlet.emit(SegmentDone(cell=cell, arm=arm, samples=samples[arm]))
    reference = dict(answers.pop(Arm.LOCAL))
    for batch_answers in answers.values():
        for batch_index, logits in batch_answers:
            check_answer(reference[batch_index], logits, cell, batch_index)
    return samples


if __name__ == "__main__":
    main()
