"""The session of a restart: both executors in one process, opened against a worker and closed."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import zmq

from bench.codec.open import open_codec
from bench.codec.preprocess import preprocessing
from bench.codec.spec import Batch, Codec, Form
from bench.engine.facts import compute_facts
from bench.engine.image_files import file_pool
from bench.engine.inputs import ImagePool, synthetic_pool
from bench.engine.open import open_engine
from bench.engine.spec import CHANNELS, COMPILE_NS, Engine, logits_bytes
from bench.host.cores import CorePlan, counted_cpus, pin_thread, plan_cores
from bench.host.window import Window
from bench.measure.agreement import (
    check_agreement,
)
from bench.measure.events import (
    RestartJob,
)
from bench.measure.executor import Executor, IdleExecutor, LocalExecutor
from bench.measure.remote import RemoteExecutor
from bench.records import (
    SYNTHETIC_FILES,
    Arm,
    Experiment,
    Facts,
    Placement,
    numeric_fact,
)
from bench.transport.control import ControlClient
from bench.transport.data import open_data_link
from bench.transport.link import Link
from bench.wire.messages import Hello

clock = time.perf_counter_ns


@dataclass(frozen=True, slots=True)
class Session:
    """Both executors of one restart, and the facts from its start.

    The calling thread is on the service core while it is a client, and on the compute cores
    while it is the local arm's first compute thread.
    """

    job: RestartJob
    pool: ImagePool[Batch]
    client: Facts
    worker: Facts
    client_before: Facts
    worker_before: Facts
    window: Window
    may_differ: list[str]
    cores: CorePlan
    control: ControlClient
    compile_ns: dict[Placement, int]
    codec: Codec
    local: LocalExecutor
    remote: RemoteExecutor

    def executor(self, arm: Arm, idle_s: float) -> Executor:
        """Return the executor of an arm, with the calling thread on that arm's cores."""
        if arm.placement is Placement.REMOTE:
            pin_thread(self.cores.service)
            self.remote.begin_segment()
            return self.remote
        pin_thread(self.cores.compute)
        return IdleExecutor(self.local, idle_s) if arm is Arm.IDLE else self.local


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a measuring child; another program may replace one."""

    open_engine: Callable[..., Engine] = open_engine
    open_codec: Callable[[str, str], Codec] = open_codec
    open_link: Callable[..., Link] = open_data_link


@contextlib.contextmanager
def open_session(job: RestartJob, parts: Parts) -> Iterator[Session]:
    """Open both arms at the same time, check that they agree, and close all connections at the end.

    Closing the data connection ends the compute process. ZeroMQ's own thread is started on the
    service core.

    Raises
    ------
    WorkerError
        If the worker refuses, or would measure something else.
    HostError
        If the model cannot be loaded here.
    """
    experiment = job.experiment
    side, largest = experiment.image_size, max(experiment.batch_sizes)
    cores = plan_cores(job.restart.threads)
    pin_thread(cores.service)
    with contextlib.ExitStack() as stack:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        stack.callback(context.term)
        control = ControlClient(context, job.address, job.keys)
        stack.callback(control.close)
        control.describe()  # fails before a model is loaded if the worker has ended
        hello = make_hello(experiment, job.restart.threads, job.client)
        if not experiment.engines.local.compiled:  # else the worker would wait for this process
            control.send_hello(hello)
        engine = parts.open_engine(
            experiment.engines.local,
            threads=job.restart.threads,
            cores=cores,
            shape=(largest, CHANNELS, side, side),
            batch_sizes=experiment.batch_sizes,
            weights=Path(job.weights_path) if job.weights_path else None,
        )
        if experiment.engines.local.compiled:
            control.send_hello(hello)  # on one machine the worker finds the model compiled
        codec = parts.open_codec(experiment.codec, experiment.preprocess)
        pool, form = open_pool(job, codec)
        client = compute_facts(engine, cores, experiment.allocator)
        welcome = control.receive_welcome(hello)
        compile_ns = {
            Placement.LOCAL: _take_compile_ns(client),
            Placement.REMOTE: _take_compile_ns(welcome.engine),
        }
        may_differ = check_agreement(client, welcome.engine, str(job.address), experiment.engines)
        link = parts.open_link(
            context,
            welcome.data.seen_from(job.address),
            session=welcome.session,
            payload_bytes_max=logits_bytes(engine, largest),
            silence_s=experiment.timeout_s,
            keys=job.keys,
        )
        stack.callback(link.close)
        remote = RemoteExecutor(
            link,
            codec,
            session=welcome.session,
            class_count=engine.class_count,
            ask=control.describe,
            worker=str(job.address),
            timeout_s=experiment.timeout_s,
            clock=clock,
            preprocess=preprocessing(form, codec.form, side),
        )
        # Both sides are ready: what loads the CPUs from here on disturbs the measurement.
        begun_ns = clock()
        worker_before = control.describe().moment
        window = Window(os.getpid(), (os.getpid(), os.getppid()), counted_cpus(cores))
        client_before = own_moment(window, begun_ns)
        yield Session(
            job=job,
            pool=pool,
            client=client,
            worker=welcome.engine,
            client_before=client_before,
            worker_before=worker_before,
            window=window,
            may_differ=may_differ,
            cores=cores,
            control=control,
            compile_ns=compile_ns,
            codec=codec,
            local=LocalExecutor(engine, clock, preprocessing(form, Form.TENSOR, side)),
            remote=remote,
        )


def _take_compile_ns(facts: Facts) -> int:
    """Return how long a model was compiled, and remove it: it differs from start to start."""
    compile_ns = numeric_fact(facts, COMPILE_NS)
    facts.pop(COMPILE_NS, None)
    return int(compile_ns or 0)


def own_moment(window: Window, begun_ns: int) -> Facts:
    """Return the counters of this host, and the time since ``begun_ns`` that reading both took."""
    moment = window.moment()
    return {**moment, "both_asked_ns": clock() - begun_ns}


def make_hello(experiment: Experiment, threads: int, client: str) -> Hello:
    """Return the request for a compute process with one thread count.

    Parameters
    ----------
    experiment : Experiment
        What is measured.
    threads : int
        The threads that the worker shall compute with.
    client : str
        The name of the client; it is the same in each of its requests.
    """
    return Hello(
        engine=experiment.engines.remote,
        codec=experiment.codec,
        image_size=experiment.image_size,
        batch_sizes=experiment.batch_sizes,
        threads=threads,
        allocator=experiment.allocator,
        in_flight_count=experiment.load.in_flight_count,
        client=client,
        preprocess=experiment.preprocess,
    )


def open_pool(job: RestartJob, codec: Codec) -> tuple[ImagePool[Batch], Form]:
    """Return the images of a run, and the form in which the user has them.

    Raises
    ------
    HostError
        If they are files that cannot be read, or that have changed.
    """
    experiment = job.experiment
    if job.input_path is not None:
        return file_pool(Path(job.input_path), experiment.input), Form.FILES
    form = Form.FILES if experiment.input == SYNTHETIC_FILES else codec.form
    return synthetic_pool(experiment.seed, experiment.image_size, form), form
