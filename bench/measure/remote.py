"""A request that travels: encoded, sent, awaited, decoded and checked."""

import time

import numpy as np

from bench.engine.spec import CLASS_COUNT, DTYPE
from bench.errors import WorkerError
from bench.measure.executor import Call, Clock, Completion
from bench.records import ClientStamps, ComputeStamps, Outcome
from bench.transport.control import ControlClient
from bench.transport.data import DataClient, decode_answer
from bench.wire import Buffer, WireError, encode
from bench.wire.messages import Failure, Reply, Request


class _Sent:
    """A request on its way, with the stamps so far."""

    def __init__(self, call: Call, start_ns: int, deadline_s: float) -> None:
        self.call = call
        self.start_ns = start_ns
        self.deadline_s = deadline_s
        self.before_send_ns = 0
        self.sent_ns = 0
        self.wire_bytes = 0


class RemoteExecutor:
    """Sends requests to a compute process.

    Sequence numbers never repeat within a session, so that an answer which comes after its
    time-out cannot be taken for another's.
    """

    def __init__(
        self,
        data: DataClient,
        control: ControlClient,
        *,
        session: str,
        timeout_s: float,
        clock: Clock,
    ) -> None:
        self._data = data
        self._control = control
        self._session = session
        self._timeout_s = timeout_s
        self._clock = clock
        self._sequence = 0
        self._segment = 0
        self._sent: dict[int, _Sent] = {}

    def begin_segment(self) -> None:
        """Give the requests that follow another segment number."""
        self._segment += 1

    def submit(self, call: Call) -> None:
        """Encode and send a request; its batch is sent from where it lies."""
        sent = _Sent(call, self._clock(), time.monotonic() + self._timeout_s)
        self._sequence += 1
        request = Request(
            session=self._session,
            segment=self._segment,
            sequence=self._sequence,
            dtype=DTYPE,
            shape=call.batch.shape,
            probe=call.probe,
        )
        header = encode(request)
        payload = call.batch.data.cast("B")
        sent.before_send_ns = self._clock()
        self._data.send(header, payload)
        sent.sent_ns = self._clock()
        sent.wire_bytes = len(header) + payload.nbytes
        self._sent[self._sequence] = sent

    def complete(self) -> Completion:
        """Wait for the next answer to a request that is still outstanding.

        Raises
        ------
        WorkerError
            If the worker is gone, or answers with what is no answer.
        """
        while True:
            oldest = next(iter(self._sent))
            wait_s = max(0.0, self._sent[oldest].deadline_s - time.monotonic())
            frames = self._receive(wait_s)
            received_ns = self._clock()
            if frames is None:
                return self._time_out(self._sent.pop(oldest))
            completion = self._decode(frames, received_ns)
            if completion is not None:
                return completion

    def _receive(self, wait_s: float) -> list[Buffer] | None:
        """Wait for frames; look every second whether the compute process is still there."""
        give_up = time.monotonic() + wait_s
        while True:
            left_s = give_up - time.monotonic()
            frames = self._data.receive(max(0.0, min(left_s, 1.0)))
            if frames is not None or left_s <= 1.0:
                return frames
            if self._data.lost():
                raise WorkerError(
                    f"the worker at {self._control.endpoint} lost its compute process in the "
                    "middle of a segment; complete blocks are kept, "
                    "the same command goes on from there."
                )

    def _decode(self, frames: list[Buffer], received_ns: int) -> Completion | None:
        try:
            message, payload = decode_answer(frames)
        except WireError as error:
            raise WorkerError(
                f"{self._data.endpoint} answered with what is no answer: {error}; "
                "is it a worker of this version?"
            ) from error
        if message.sequence is None or message.sequence not in self._sent:
            return None  # the answer to a request that timed out before
        sent = self._sent.pop(message.sequence)
        if isinstance(message, Failure):
            return _failed(sent, received_ns, self._clock(), message)
        return self._check(sent, message, payload, received_ns)

    def _check(
        self, sent: _Sent, reply: Reply, payload: Buffer | None, received_ns: int
    ) -> Completion:
        shape = (len(sent.call.batch), CLASS_COUNT)
        echo = (reply.session, reply.segment, reply.shape)
        if echo != (self._session, self._segment, shape) or payload is None:
            raise WorkerError(
                f"{self._data.endpoint} answered {echo} where "
                f"{(self._session, self._segment, shape)} was asked; "
                "the run stops, since its answers cannot be trusted."
            )
        logits = np.frombuffer(payload, dtype=np.float32).reshape(shape)
        done_ns = self._clock()
        np.copyto(sent.call.answer, logits)
        return Completion(
            call=sent.call,
            outcome=Outcome.OK,
            client=_stamps(sent, received_ns, done_ns),
            compute=ComputeStamps(
                received_ns=reply.w1_ns,
                taken_ns=reply.w2_ns,
                compute_start_ns=reply.w3_ns,
                compute_end_ns=reply.w4_ns,
                before_send_ns=reply.w5_ns,
            ),
            minor_faults_count=reply.minor_faults_count,
            wire_bytes=sent.wire_bytes,
            cpu_ns=reply.cpu_ns,
        )

    def _time_out(self, sent: _Sent) -> Completion:
        """Return a late request as a result, if the worker still answers; else it is lost."""
        self._control.describe()
        return Completion(
            call=sent.call,
            outcome=Outcome.TIMED_OUT,
            client=_stamps(sent, None, None),
            compute=None,
            minor_faults_count=None,
            wire_bytes=sent.wire_bytes,
            error=f"no answer within {self._timeout_s:.0f} s",
        )


def _failed(sent: _Sent, received_ns: int, done_ns: int, failure: Failure) -> Completion:
    return Completion(
        call=sent.call,
        outcome=Outcome.FAILED,
        client=_stamps(sent, received_ns, done_ns),
        compute=None,
        minor_faults_count=None,
        wire_bytes=sent.wire_bytes,
        error=failure.message,
    )


def _stamps(sent: _Sent, received_ns: int | None, done_ns: int | None) -> ClientStamps:
    return ClientStamps(
        intended_ns=sent.start_ns,
        start_ns=sent.start_ns,
        before_send_ns=sent.before_send_ns,
        sent_ns=sent.sent_ns,
        received_ns=received_ns,
        done_ns=done_ns,
    )
