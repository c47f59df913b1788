"""A remote request: it is encoded and sent; its answer is awaited, decoded and checked."""

import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import numpy as np

from bench.codec.preprocess import Preprocess
from bench.codec.spec import Codec
from bench.errors import WorkerError, WorkerLost
from bench.measure.executor import Answer, Call, Clock
from bench.records import Outcome, Sample
from bench.transport.data import decode_answer
from bench.transport.link import Link
from bench.units import ns_to_s
from bench.wire import Buffer, WireError, encode
from bench.wire.messages import Failure, Reply, Request

MAX_TIMEOUTS = 3
"""After this many requests in a row without an answer the worker is lost."""
FIRST_TIMEOUT_S = 600.0
_SLOWER = 3


class _Sent(NamedTuple):
    """An outstanding request: its row so far, the array for its answer, and its time limit."""

    row: Sample
    answer: Answer
    allowed_s: float
    deadline_s: float


class RemoteExecutor:
    """Sends requests to a compute process.

    Sequence numbers never repeat within a session. So an answer that arrives after its time-out is
    not taken for the answer to another request.

    Parameters
    ----------
    link : Link
        The connection, whose other end serves ``session``.
    codec : Codec
        How batches are encoded.
    session : str
        The name of the session, from the worker's welcome.
    class_count : int
        How many logits an image has.
    ask : callable
        Asks the worker whether it still runs where a request is late; raises WorkerLost if not.
    worker : str
        The worker's address, for messages.
    timeout_s : float
        A request is waited for this much longer than it may take [s]. It may take three times as
        long as the slowest one of its segment, for each request that is in flight.
    clock : callable
        Monotonic clock [ns].
    first_timeout_s : float
        How long the first answer of a segment may take [s].
    preprocess : callable, optional
        Turns a batch into one of the codec's form, where it is none.
    """

    def __init__(
        self,
        link: Link,
        codec: Codec,
        *,
        session: str,
        class_count: int,
        ask: Callable[[], object],
        worker: str,
        timeout_s: float,
        clock: Clock,
        first_timeout_s: float = FIRST_TIMEOUT_S,
        preprocess: Preprocess | None = None,
    ) -> None:
        self.class_count = class_count
        self._link = link
        self._codec = codec
        self._preprocess = preprocess
        self._ask = ask
        self._worker = worker
        self._session = session
        self._timeout_s = timeout_s
        self._first_timeout_s = first_timeout_s
        self._slowest_s: float | None = None
        self._clock = clock
        self._sequence = 0
        self._segment = 0
        self._sent: dict[int, _Sent] = {}
        self._timeouts = 0

    def begin_segment(self) -> None:
        """Use another segment number for the requests that follow."""
        self._segment += 1
        self._slowest_s = None

    def submit(self, call: Call) -> None:
        """Encode and send a request; its batch is not copied."""
        c1_ns = self._clock()
        allowed_s = self._allowed_s()
        deadline_s = time.monotonic() + allowed_s
        self._sequence += 1
        batch = call.batch if self._preprocess is None else self._preprocess(call.batch)
        cp_ns = None if self._preprocess is None else self._clock()
        encoded = self._codec.encode(batch)
        request = Request(
            session=self._session,
            segment=self._segment,
            sequence=self._sequence,
            dtype=encoded.dtype,
            shape=encoded.shape,
            probe=call.probe,
            in_flight_count=call.row.in_flight_count,
        )
        header = encode(request)
        payload = encoded.payload
        c2_ns = self._clock()
        self._link.send(header, payload)
        c3_ns = self._clock()
        row = msgspec.structs.replace(
            call.row,
            c0_ns=c1_ns,
            c1_ns=c1_ns,
            cp_ns=cp_ns,
            c2_ns=c2_ns,
            c3_ns=c3_ns,
            payload_bytes=payload.nbytes,
            wire_bytes=len(header) + payload.nbytes,
        )
        self._sent[self._sequence] = _Sent(row, call.answer, allowed_s, deadline_s)

    def complete(self) -> Sample:
        """Wait for the next answer to a request that is still outstanding.

        Raises
        ------
        WorkerError
            If the worker has ended, or sends an invalid reply.
        """
        while True:
            oldest = next(iter(self._sent))
            wait_s = max(0.0, self._sent[oldest].deadline_s - time.monotonic())
            frames = self._receive(wait_s)
            c4_ns = self._clock()
            if frames is None:
                self._timeouts += 1
                if self._timeouts == MAX_TIMEOUTS:
                    raise WorkerLost(
                        f"{MAX_TIMEOUTS} requests in a row to the worker at "
                        f"{self._worker} were not answered in time; complete blocks are "
                        "kept, the same command goes on from there."
                    )
                return self._time_out(self._sent.pop(oldest))
            sample = self._decode(frames, c4_ns)
            if sample is not None:
                self._timeouts = 0
                self._slowest_s = max(self._slowest_s or 0.0, ns_to_s(sample.latency_ns or 0))
                return sample

    def _allowed_s(self) -> float:
        """Return how long the next request is waited for [s]."""
        if self._slowest_s is None:
            return self._first_timeout_s
        return self._timeout_s + _SLOWER * self._slowest_s * (len(self._sent) + 1)

    def _receive(self, wait_s: float) -> list[Buffer] | None:
        """Wait for frames; check every second whether the compute process still runs."""
        give_up = time.monotonic() + wait_s
        while True:
            left_s = give_up - time.monotonic()
            frames = self._link.receive(max(0.0, min(left_s, 1.0)))
            if frames is not None or left_s <= 1.0:
                return frames
            if self._link.lost():
                raise WorkerLost(
                    f"the worker at {self._worker} lost its compute process in the "
                    f"middle of a segment, or was silent for {self._timeout_s:g} s; complete "
                    "blocks are kept, the same command goes on from there."
                )

    def _decode(self, frames: list[Buffer], c4_ns: int) -> Sample | None:
        try:
            message, payload = decode_answer(frames)
        except WireError as error:
            raise WorkerError(
                f"{self._link.address} sent an invalid reply: {error}; "
                "use the same version of scalebench on both machines."
            ) from error
        if message.sequence is None or message.sequence not in self._sent:
            return None  # the answer to a request that timed out before
        sent = self._sent.pop(message.sequence)
        if isinstance(message, Failure):
            return msgspec.structs.replace(
                sent.row,
                outcome=Outcome.FAILED,
                c4_ns=c4_ns,
                c5_ns=self._clock(),
                error=message.message,
            )
        return self._check(sent, message, payload, c4_ns)

    def _check(self, sent: _Sent, reply: Reply, payload: Buffer | None, c4_ns: int) -> Sample:
        shape = sent.answer.shape
        echo = (reply.session, reply.segment, reply.shape)
        if echo != (self._session, self._segment, shape) or payload is None:
            raise WorkerError(
                f"{self._link.address} sent a reply to another request: its session, segment and "
                f"shape are {echo} and must be {(self._session, self._segment, shape)}; the run "
                "stops, since its answers cannot be trusted."
            )
        logits = np.frombuffer(payload, dtype=reply.dtype).reshape(shape)
        c5_ns = self._clock()
        np.copyto(sent.answer, logits)
        return msgspec.structs.replace(
            sent.row,
            outcome=Outcome.OK,
            c4_ns=c4_ns,
            c5_ns=c5_ns,
            w1_ns=reply.w1_ns,
            w2_ns=reply.w2_ns,
            wb_ns=reply.wb_ns,
            wp_ns=reply.wp_ns,
            wh_ns=reply.wh_ns,
            w3_ns=reply.w3_ns,
            w4_ns=reply.w4_ns,
            wd_ns=reply.wd_ns,
            w5_ns=reply.w5_ns,
            minor_faults_count=reply.minor_faults_count,
            cpu_ns=reply.cpu_ns,
        )

    def _time_out(self, sent: _Sent) -> Sample:
        """Return a late request as a result, if the worker still answers; else it is lost."""
        self._ask()
        return msgspec.structs.replace(
            sent.row,
            outcome=Outcome.TIMED_OUT,
            error=f"no answer within {sent.allowed_s:.3g} s",
        )
