"""The compute process: one session, one model, one receiver thread, one compute thread."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bench.codec.open import open_codec
from bench.codec.preprocess import preprocessing
from bench.codec.spec import Codec, Form, Tensor
from bench.engine.facts import compute_facts
from bench.engine.open import open_engine
from bench.engine.spec import CHANNELS, Engine, logits_bytes
from bench.errors import ScalebenchError
from bench.host.allocator import minor_fault_count
from bench.host.cores import pin_thread, plan_cores
from bench.processes import ParentPipe
from bench.transport.server import Job, Server
from bench.wire.messages import Failure, Reply
from bench.worker.jobs import ComputeJob, ComputeJoined, ComputeReady

JOIN_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a compute process; another program may replace one."""

    open_engine: Callable[..., Engine] = open_engine
    open_codec: Callable[[str, str], Codec] = open_codec
    open_server: Callable[..., Server] = Server
    clock: Callable[[], int] = time.perf_counter_ns


def main(parts: Parts | None = None) -> None:
    """Serve the session of the job on standard input, then end; with other parts if given."""
    parent = ParentPipe()
    try:
        _serve(parent, parts or Parts())
    except ScalebenchError as error:
        parent.fail(error)


def _serve(parent: ParentPipe, parts: Parts) -> None:
    job = parent.receive_job(ComputeJob)
    hello = job.hello
    cores = plan_cores(hello.threads)
    shape = (hello.batch_size_max, CHANNELS, hello.image_size, hello.image_size)
    pin_thread(cores.service)
    codec = parts.open_codec(hello.codec, hello.preprocess)
    server = parts.open_server(
        job.bind,
        session=job.session,
        payload_bytes_max=codec.payload_bytes(shape),
        jobs_max=hello.in_flight_count,
        clock=parts.clock,
        descriptor=job.descriptor,
        keys=job.keys,
        client_key=job.client_key,
    )
    server.start()
    engine = parts.open_engine(
        hello.engine,
        threads=hello.threads,
        cores=cores,
        shape=shape,
        batch_sizes=hello.batch_sizes,
        weights=Path(job.weights_path) if job.weights_path else None,
    )
    parent.emit(
        ComputeReady(address=server.address, engine=compute_facts(engine, cores, hello.allocator))
    )
    if server.wait_for_client(JOIN_TIMEOUT_S):
        parent.emit(ComputeJoined())
        _Service(server, engine, codec, shape[1:], parts.clock).answer_all()


class _Service:
    """Answers the requests of a session, one after the other."""

    def __init__(
        self,
        server: Server,
        engine: Engine,
        codec: Codec,
        image_shape: tuple[int, ...],
        clock: Callable[[], int],
    ) -> None:
        self._server = server
        self._engine = engine
        self._codec = codec
        self._preprocess = preprocessing(codec.form, Form.TENSOR, image_shape[-1])
        self._stamps_decoding = engine.copies or self._preprocess is not None
        self._image_shape = image_shape
        self._clock = clock

    def answer_all(self) -> None:
        """Answer until the client disconnects."""
        while (job := self._server.take()) is not None:
            message, logits = self._compute(job)
            # Its answer makes room for another batch: this one is freed before it.
            job = job._replace(payload=b"")
            self._server.answer(job, message, logits)

    def _compute(self, job: Job) -> tuple[Reply | Failure, memoryview | None]:
        """Return the answer to a request, and its logits."""
        request, engine, clock = job.request, self._engine, self._clock
        w2_ns = clock()
        faults = minor_fault_count()
        try:
            decoded = self._codec.decode(request.dtype, request.shape, job.payload)
            wb_ns = clock() if self._stamps_decoding else None
            images = cast("Tensor", self._preprocess(decoded) if self._preprocess else decoded)
            wp_ns = clock() if self._preprocess else None
            if images.shape[1:] != self._image_shape:
                return _refuse(job, images.shape[1:], self._image_shape), None
            count = len(images)
            batch = engine.prepare(images)
            wh_ns = clock() if engine.copies else None
            cpu_ns = time.process_time_ns()
            w3_ns = clock()
            output = None if request.probe else engine.infer(batch)
            w4_ns = clock()
            cpu_ns = time.process_time_ns() - cpu_ns
            logits = no_logits(engine, count) if output is None else engine.fetch(output)
            wd_ns = clock() if engine.copies else None
        except (RuntimeError, ValueError, MemoryError) as error:  # the worker continues
            return Failure(sequence=request.sequence, message=str(error)[:2000]), None
        reply = Reply(
            session=request.session,
            segment=request.segment,
            sequence=request.sequence,
            dtype=engine.output_dtype,
            shape=(count, engine.class_count),
            w1_ns=job.w1_ns,
            w2_ns=w2_ns,
            wb_ns=wb_ns,
            wp_ns=wp_ns,
            wh_ns=wh_ns,
            w3_ns=w3_ns,
            w4_ns=w4_ns,
            wd_ns=wd_ns,
            w5_ns=0,  # set by the server, when it sends
            minor_faults_count=minor_fault_count() - faults,
            cpu_ns=cpu_ns,
        )
        return reply, logits


def no_logits(engine: Engine, image_count: int) -> memoryview:
    """Return the answer to a probe: zeros, [image_count, class_count], as bytes."""
    return memoryview(bytes(logits_bytes(engine, image_count)))


def _refuse(job: Job, sent: tuple[int, ...], agreed: tuple[int, ...]) -> Failure:
    return Failure(
        sequence=job.request.sequence, message=f"images are {sent}; the hello said {agreed}"
    )


if __name__ == "__main__":
    main()
