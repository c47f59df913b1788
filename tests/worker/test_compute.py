"""The compute process holds no more batches than are in flight."""

import time
import weakref

import numpy as np

from bench.codec.open import open_codec
from bench.engine.stub import StubEngine
from bench.transport.server import Job
from bench.wire import tensor_bytes
from bench.wire.messages import Failure, Reply, Request
from bench.worker.compute import _Service

SHAPE = (2, 3, 32, 32)


class _Memory:
    """Memory that tells when it is freed."""

    def __init__(self) -> None:
        self.array = np.zeros(tensor_bytes("float32", SHAPE), dtype=np.uint8)
        self.freed = weakref.ref(self.array)


class _Server:
    """Gives one request, and looks at its batch when it is answered."""

    def __init__(self, request: Request) -> None:
        memory = _Memory()
        self._freed = memory.freed
        self._jobs = [Job(b"", request, memory.array.data, 0)]
        self.answers: list[tuple[Reply | Failure, bool]] = []

    def take(self) -> Job | None:
        return self._jobs.pop() if self._jobs else None

    def answer(self, job: Job, message: Reply | Failure, _logits: object) -> None:
        del job
        self.answers.append((message, self._freed() is None))


def _answered(
    dtype: str = "float32", shape: tuple[int, ...] = SHAPE
) -> tuple[Reply | Failure, bool]:
    request = Request(session="s", segment=1, sequence=1, dtype=dtype, shape=shape)
    server = _Server(request)
    service = _Service(
        server,  # type: ignore[arg-type]
        StubEngine(delay_ms=0, threads=1),
        open_codec("float32"),
        SHAPE[1:],
        time.perf_counter_ns,
    )
    service.answer_all()
    (answer,) = server.answers
    return answer


def test_a_batch_is_freed_before_its_answer_makes_room_for_another() -> None:
    message, freed = _answered()
    assert isinstance(message, Reply)
    assert freed


def test_a_batch_that_is_refused_is_freed_too() -> None:
    for message, freed in (_answered(dtype="uint8"), _answered(shape=(2, 3, 16, 64))):
        assert isinstance(message, Failure)
        assert freed
