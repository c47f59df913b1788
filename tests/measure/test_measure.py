"""The timed loop, the proof of the answers, and late or wrong workers over real sockets."""

import time
from collections import deque

import numpy as np
import pytest
import zmq

from bench.errors import WorkerError
from bench.measure.agreement import MUST_AGREE, check_agreement, check_answer, check_threads
from bench.measure.executor import Call, Completion, IdleExecutor, run_calls
from bench.measure.remote import RemoteExecutor
from bench.measure.segment import idle_pause_ns
from bench.records import Arm, Cell, ClientStamps, ComputeStamps, Outcome, Phase, Sample
from bench.transport.control import ControlClient
from bench.transport.data import DataClient
from bench.wire import decode, encode
from bench.wire.messages import Reply, Request

BATCH = np.ones((1, 3, 4, 4), dtype=np.float32)


def _call(number: int) -> Call:
    return Call(number, number, BATCH, np.zeros((1, 1000), dtype=np.float32))


class _Fake:
    """Completes in order and remembers how many were outstanding each time."""

    def __init__(self) -> None:
        self.submitted: deque[Call] = deque()
        self.outstanding: list[int] = []

    def submit(self, call: Call) -> None:
        self.submitted.append(call)

    def complete(self) -> Completion:
        self.outstanding.append(len(self.submitted))
        stamps = ClientStamps(intended_ns=0, start_ns=0)
        call = self.submitted.popleft()
        return Completion(call, Outcome.OK, stamps, None, None, 0)


@pytest.mark.parametrize(
    ("count", "in_flight", "outstanding"),
    [(4, 1, [1, 1, 1, 1]), (4, 2, [2, 2, 2, 1]), (1, 2, [1]), (0, 2, [])],
)
def test_the_loop_keeps_the_asked_number_outstanding(
    count: int, in_flight: int, outstanding: list[int]
) -> None:
    executor = _Fake()
    calls = [_call(i) for i in range(count)]
    done = run_calls(executor, calls, in_flight)
    assert [c.call.request for c in done] == list(range(count))
    assert executor.outstanding == outstanding


@pytest.mark.parametrize("name", MUST_AGREE)
def test_what_must_agree_is_refused_with_both_values(name: str) -> None:
    facts = dict.fromkeys(MUST_AGREE, "this")
    with pytest.raises(WorkerError, match=f"{name} is 'this' here and 'that' there"):
        check_agreement(facts, {**facts, name: "that"}, "tcp://there")


def test_what_may_differ_is_told() -> None:
    assert check_agreement({"torch": "2"}, {"torch": "3"}, "x") == ["torch is 2 here and 3 there"]


def test_a_wrong_answer_is_not_close() -> None:
    ours = np.linspace(-1, 1, 1000, dtype=np.float32)
    cell = Cell(batch_size=1, threads=1)
    check_answer(ours, ours * np.float32(1.0001), cell, 0)
    for wrong in (ours * 1.01, np.roll(ours, 1), np.full_like(ours, np.nan)):
        with pytest.raises(WorkerError, match="answers wrongly"):
            check_answer(ours, wrong, cell, 0)


def _sample(request: int, start_ns: int, end_ns: int, cpu_ns: int, phase: Phase) -> Sample:
    return Sample(
        block=1,
        threads=2,
        batch_size=1,
        arm=Arm.REMOTE,
        phase=phase,
        in_flight_count=1,
        request=request,
        batch=request,
        outcome=Outcome.OK,
        client=ClientStamps(intended_ns=0, start_ns=0),
        compute=ComputeStamps(compute_start_ns=start_ns, compute_end_ns=end_ns),
        minor_faults_count=0,
        payload_bytes=1,
        wire_bytes=1,
        cpu_ns=cpu_ns,
    )


def test_more_threads_than_agreed_fail_the_run_and_as_many_do_not() -> None:
    def samples(busy_threads: float) -> list[Sample]:
        wall_ns = 300_000_000
        return [_sample(0, 0, wall_ns, round(busy_threads * wall_ns), Phase.LATENCY)]

    check_threads(samples(2.2), 2, "the worker")
    with pytest.raises(WorkerError, match=r"the worker says .* with 2 threads and used 3\.0"):
        check_threads(samples(3.0), 2, "the worker")


def test_too_little_computing_proves_no_thread_count() -> None:
    check_threads([_sample(0, 0, 1_000_000, 9_000_000, Phase.LATENCY)], 2, "the worker")


def test_the_idle_arm_pauses_as_long_as_the_worker_waited() -> None:
    phases = [Phase.WARMUP, Phase.LATENCY, Phase.LATENCY, Phase.BURST]
    starts = [0, 30, 70, 71]
    samples = [
        _sample(i, s, s + 10, 0, p) for i, (s, p) in enumerate(zip(starts, phases, strict=True))
    ]
    assert idle_pause_ns(samples) == 25  # between 20 and 30; the burst does not wait
    assert idle_pause_ns(samples[:1]) == 0
    fake = _Fake()
    before = time.perf_counter()
    IdleExecutor(fake, pause_s=0.02).submit(_call(0))
    assert time.perf_counter() - before >= 0.02
    assert len(fake.submitted) == 1


class _Peer:
    """A remote executor and the raw socket that answers it."""

    def __init__(self, timeout_s: float) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.router = self.context.socket(zmq.ROUTER)
        port = self.router.bind_to_random_port("tcp://127.0.0.1")
        endpoint = f"tcp://127.0.0.1:{port}"
        self.data = DataClient(self.context, endpoint, payload_bytes_max=1 << 20)
        self.control = ControlClient(self.context, endpoint)
        self.executor = RemoteExecutor(
            self.data,
            self.control,
            session="s",
            timeout_s=timeout_s,
            clock=time.perf_counter_ns,
        )

    def answer(self, **changes: object) -> None:
        identity, *frames = self.router.recv_multipart()
        request, _ = decode(frames)
        assert isinstance(request, Request)
        fields: dict[str, object] = {
            "session": request.session,
            "segment": request.segment,
            "sequence": request.sequence,
            "dtype": "float32",
            "shape": (1, 1000),
            **{f"w{number}_ns": number for number in range(1, 6)},
            "minor_faults_count": 0,
            "cpu_ns": 0,
        }
        reply = Reply(**{**fields, **changes})  # type: ignore[arg-type]
        self.router.send_multipart([identity, encode(reply), bytes(4000)])

    def close(self) -> None:
        self.data.close()
        self.control.close()
        self.router.close(0)
        self.context.term()


def test_an_answer_for_another_segment_fails_the_run() -> None:
    peer = _Peer(timeout_s=10)
    peer.executor.submit(_call(0))
    peer.answer(segment=7)
    with pytest.raises(WorkerError, match="cannot be trusted"):
        peer.executor.complete()
    peer.close()


def test_a_late_answer_is_a_timed_out_row_and_is_not_taken_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    peer = _Peer(timeout_s=0.05)
    monkeypatch.setattr(peer.control, "describe", lambda: None)  # the supervisor is alive
    peer.executor.submit(_call(0))
    late = peer.executor.complete()
    assert (late.outcome, late.client.done_ns) == (Outcome.TIMED_OUT, None)
    peer.executor._timeout_s = 10
    peer.executor.submit(_call(1))
    peer.answer()
    peer.answer()
    done = peer.executor.complete()
    assert (done.outcome, done.call.request) == (Outcome.OK, 1)
    peer.close()
