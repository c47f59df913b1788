"""How a request is performed: the same protocol in each placement."""

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol, cast

import msgspec
import numpy as np
import numpy.typing as npt

from bench.codec.preprocess import Preprocess
from bench.codec.spec import Batch, Tensor
from bench.engine.spec import Engine
from bench.host.allocator import minor_fault_count
from bench.records import Outcome, Phase, Sample

Clock = Callable[[], int]
Answer = npt.NDArray[np.float32]
"""Logits, float32 [B, class_count]."""


class Call(NamedTuple):
    """One request: its planned columns, its batch as the user has it, and room for its answer.

    That array, float32 [B, class_count], is allocated before
    the phase begins. If the logits stayed in the memory of the model or the socket, the next
    request could not reuse that memory, and the kernel would have to fault in new pages.
    """

    row: Sample
    batch: Batch
    answer: Answer

    @property
    def probe(self) -> bool:
        """Whether it is sent and answered, but not computed."""
        return self.row.phase is Phase.PROBE


class Executor(Protocol):
    """Performs requests; several may be submitted before the first completes.

    It returns the row of each request with the columns that it measures; the logits are then in
    the array of the call.
    """

    @property
    def class_count(self) -> int:
        """How many logits an image has."""

    def submit(self, call: Call) -> None:
        """Begin a request now."""

    def complete(self) -> Sample:
        """Wait for the next request to end, and return its row."""


def run_calls(executor: Executor, calls: list[Call], in_flight_count: int) -> list[Sample]:
    """Run ``calls`` with ``in_flight_count`` requests outstanding; this is the timed loop.

    Parameters
    ----------
    executor : Executor
        Performs the requests; none is outstanding yet.
    calls : list of Call
        The requests, in the order in which they are made.
    in_flight_count : int
        How many are outstanding at once, at least one.

    Returns
    -------
    list of Sample
        The row of each call, in the order in which they ended.
    """
    samples = []
    for call in calls[:in_flight_count]:
        executor.submit(call)
    for following in (*calls[in_flight_count:], *[None] * min(in_flight_count, len(calls))):
        samples.append(executor.complete())
        if following is not None:
            executor.submit(following)
    return samples


class LocalExecutor:
    """Computes in this process; a request is a call of the model.

    Parameters
    ----------
    engine : Engine
        The model.
    clock : callable
        Monotonic clock [ns].
    preprocess : callable, optional
        Turns a batch into a tensor, where it is none.
    """

    def __init__(self, engine: Engine, clock: Clock, preprocess: Preprocess | None = None) -> None:
        self._engine = engine
        self._clock = clock
        self._preprocess = preprocess
        self.class_count = engine.class_count
        self._submitted: deque[tuple[Call, int, int]] = deque()

    def submit(self, call: Call) -> None:
        """Begin a request: the input is ready now."""
        self._submitted.append((call, minor_fault_count(), self._clock()))

    def complete(self) -> Sample:
        """Compute the oldest request."""
        call, faults, c1_ns = self._submitted.popleft()
        engine, clock = self._engine, self._clock
        images = call.batch if self._preprocess is None else self._preprocess(call.batch)
        wp_ns = None if self._preprocess is None else clock()
        batch = engine.prepare(cast("Tensor", images))
        wh_ns = clock() if engine.copies else None
        cpu_ns = time.process_time_ns()
        w3_ns = clock()
        logits = engine.infer(batch)
        w4_ns = clock()
        cpu_ns = time.process_time_ns() - cpu_ns
        fetched = engine.fetch(logits)
        wd_ns = clock() if engine.copies else None
        answer = np.frombuffer(fetched, dtype=engine.output_dtype).reshape(len(call.batch), -1)
        c5_ns = clock()
        np.copyto(call.answer, answer)
        return msgspec.structs.replace(
            call.row,
            outcome=Outcome.OK,
            c0_ns=c1_ns,
            c1_ns=c1_ns,
            c5_ns=c5_ns,
            wp_ns=wp_ns,
            wh_ns=wh_ns,
            w3_ns=w3_ns,
            w4_ns=w4_ns,
            wd_ns=wd_ns,
            minor_faults_count=minor_fault_count() - faults,
            cpu_ns=cpu_ns,
        )


class IdleExecutor:
    """The local executor with a pause before each request, as long as a worker's between two.

    A model that waits between requests computes more slowly. That is a cost of the remote arm, but
    not of the transport; this arm measures it. The pause is not part of the request.
    """

    def __init__(self, local: Executor, pause_s: float) -> None:
        self.class_count = local.class_count
        self._local = local
        self._pause_s = pause_s

    def submit(self, call: Call) -> None:
        """Pause, then begin the request."""
        time.sleep(self._pause_s)
        self._local.submit(call)

    def complete(self) -> Sample:
        """Compute the oldest request."""
        return self._local.complete()
