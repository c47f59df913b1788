"""A real worker process with programmed times, and segments that are measured with it."""

import contextlib
from collections.abc import Iterator

import msgspec
import zmq

from bench.calibration.delay_proxy import Forwarder
from bench.calibration.timed_compute import ANSWER_COUNT, VARIABLE, SpinEngine, TimingScript, clock
from bench.calibration.virtual_run import SESSION, image_pool
from bench.codec.open import open_codec
from bench.config import CODEC, IMAGE_SIZES, IN_FLIGHT
from bench.engine.open import engine_environment
from bench.measure.remote import RemoteExecutor
from bench.measure.segment import measure_segment
from bench.processes import ChildProgram
from bench.records import (
    ANY_LOOPBACK_PORT,
    SEEDED_WEIGHTS,
    SYNTHETIC,
    Address,
    Arm,
    Cell,
    CellLengths,
    Engines,
    EngineSpec,
    Experiment,
    Load,
    Sample,
    SegmentLength,
)
from bench.transport.control import ControlClient
from bench.transport.data import open_data_link
from bench.wire import tensor_bytes
from bench.wire.messages import Hello
from bench.worker.jobs import ComputeJob, ComputeReady

CELL = Cell(batch_size=1, threads=1)
_ENGINE = EngineSpec(model="programmed", weights=SEEDED_WEIGHTS)
EXPERIMENT = Experiment(
    engines=Engines(local=_ENGINE, remote=_ENGINE),
    codec=CODEC,
    input=SYNTHETIC,
    load=Load(in_flight_count=IN_FLIGHT),
    image_size=IMAGE_SIZES.start,
    batch_sizes=(CELL.batch_size,),
    threads=(CELL.threads,),
    seed=1,
    allocator="tuned",
    worker="calibration",
    lengths=(
        CellLengths(
            local=SegmentLength(warmup_count=1, latency_count=5),
            remote=SegmentLength(burst_count=3, latency_count=5),
        ),
    ),
    timeout_s=30,
    smoke=False,
)


@contextlib.contextmanager
def serving(script: TimingScript) -> Iterator[RemoteExecutor]:
    """Yield an executor of a worker process that computes by a script.

    A proxy adds the time that is added to the transport.
    """
    hello = Hello(
        engine=_ENGINE,
        codec=CODEC,
        image_size=EXPERIMENT.image_size,
        batch_sizes=(CELL.batch_size,),
        threads=CELL.threads,
        allocator=EXPERIMENT.allocator,
        in_flight_count=EXPERIMENT.load.in_flight_count,
    )
    environment = {
        **engine_environment(hello.allocator, hello.threads),
        VARIABLE: msgspec.json.encode(script).decode(),
    }
    job = ComputeJob(ANY_LOOPBACK_PORT, SESSION, hello, weights_path=None)
    module = "bench.calibration.timed_compute"
    program: ChildProgram[ComputeReady] = ChildProgram(module, job, ComputeReady, environment)
    try:
        with _connected(program.first_event().address, script) as executor:
            yield executor
    finally:
        program.stop()


@contextlib.contextmanager
def _connected(address: Address, script: TimingScript) -> Iterator[RemoteExecutor]:
    data_address = address
    with contextlib.ExitStack() as stack:
        if script.place == "transport":
            forwarder = Forwarder(address.port, script.added_ns)
            stack.callback(forwarder.close)
            data_address = Address(host=address.host, port=forwarder.port)
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        stack.callback(context.term)
        control = ControlClient(context, address)  # for late answers only; no supervisor answers it
        stack.callback(control.close)
        answer_bytes = tensor_bytes(SpinEngine.output_dtype, (CELL.batch_size, ANSWER_COUNT))
        data = open_data_link(
            context,
            data_address,
            session=SESSION,
            payload_bytes_max=answer_bytes,
            silence_s=EXPERIMENT.timeout_s,
        )
        stack.callback(data.close)
        yield RemoteExecutor(
            data,
            open_codec(EXPERIMENT.codec),
            session=SESSION,
            class_count=ANSWER_COUNT,
            ask=control.describe,
            worker=str(address),
            timeout_s=EXPERIMENT.timeout_s,
            clock=clock,
        )


def remote_segment(executor: RemoteExecutor, block: int) -> list[Sample]:
    """Return the samples of a segment of the remote arm, measured by the real loop."""
    executor.begin_segment()
    samples, _ = measure_segment(executor, image_pool(), EXPERIMENT, block, CELL, Arm.REMOTE)
    return samples
