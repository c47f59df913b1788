"""The compute process: one session, one model, one receiver thread, one compute thread."""

import time
from pathlib import Path

from bench.engine.facts import compute_facts
from bench.engine.open import open_engine
from bench.engine.spec import CHANNELS, CLASS_COUNT, DTYPE, Engine
from bench.errors import ScalebenchError
from bench.host.allocator import minor_fault_count
from bench.host.cores import pin_thread, plan_cores
from bench.processes import Outlet
from bench.transport.server import Job, Server
from bench.wire import tensor_bytes
from bench.wire.messages import Failure, Reply, Request
from bench.worker.jobs import ComputeJob, ComputeReady

FIRST_CONNECTION_TIMEOUT_S = 60.0
clock = time.perf_counter_ns


def main() -> None:
    """Serve the session of the job on standard input, then end."""
    outlet = Outlet()
    try:
        _serve(outlet)
    except ScalebenchError as error:
        outlet.fail(error)


def _serve(outlet: Outlet) -> None:
    job = outlet.receive_job(ComputeJob)
    hello = job.hello
    cores = plan_cores(hello.threads)
    shape = (hello.batch_size_max, CHANNELS, hello.image_size, hello.image_size)
    pin_thread(cores.service)
    server = Server(
        job.bind,
        session=job.session,
        payload_bytes_max=tensor_bytes(DTYPE, shape),
        jobs_max=hello.in_flight_count,
        clock=clock,
        descriptor=job.descriptor,
    )
    server.start()
    engine = open_engine(
        hello.engine,
        threads=hello.threads,
        cores=cores,
        shape=shape,
        weights=Path(job.weights_path) if job.weights_path else None,
    )
    outlet.emit(
        ComputeReady(address=server.address, engine=compute_facts(engine, cores, hello.allocator))
    )
    _answer_all(server, engine, shape[1:])


def _answer_all(server: Server, engine: Engine, image_shape: tuple[int, ...]) -> None:
    timeout_s: float | None = FIRST_CONNECTION_TIMEOUT_S
    while True:
        try:
            job = server.take(timeout_s)
        except TimeoutError:
            return
        if job is None:
            return
        timeout_s = None
        if job.request.shape[1:] != image_shape:
            server.answer(job, _refuse(job.request, image_shape))
            continue
        _answer(server, engine, job)
        del job  # its batch must not outlive the answer: the next one would need memory of its own


def _answer(server: Server, engine: Engine, job: Job) -> None:
    w2_ns = clock()
    faults = minor_fault_count()
    try:
        batch = engine.prepare(job.payload, job.request.shape)
        cpu_ns = time.process_time_ns()
        w3_ns = clock()
        logits = no_logits(job.request.shape[0]) if job.request.probe else engine.infer(batch)
        w4_ns = clock()
        cpu_ns = time.process_time_ns() - cpu_ns
    except (RuntimeError, ValueError, MemoryError) as error:  # the engine's; the worker lives on
        server.answer(job, Failure(sequence=job.request.sequence, message=str(error)[:2000]))
        return
    request = job.request
    reply = Reply(
        session=request.session,
        segment=request.segment,
        sequence=request.sequence,
        dtype=DTYPE,
        shape=(request.shape[0], CLASS_COUNT),
        w1_ns=job.w1_ns,
        w2_ns=w2_ns,
        w3_ns=w3_ns,
        w4_ns=w4_ns,
        w5_ns=0,  # known to the server only, when it sends
        minor_faults_count=minor_fault_count() - faults,
        cpu_ns=cpu_ns,
    )
    server.answer(job, reply, logits)


def no_logits(image_count: int) -> memoryview:
    """Return what answers a probe: zeros, float32 [image_count, 1000], as bytes."""
    return memoryview(bytes(tensor_bytes(DTYPE, (image_count, CLASS_COUNT))))


def _refuse(request: Request, image_shape: tuple[int, ...]) -> Failure:
    return Failure(
        sequence=request.sequence,
        message=f"images are {request.shape[1:]}; the hello said {image_shape}",
    )


if __name__ == "__main__":
    main()
