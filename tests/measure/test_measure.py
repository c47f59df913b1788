"""The timed loop, the proof of the answers, and late or wrong workers over real sockets."""

import time
from collections import deque
from itertools import count

import msgspec
import numpy as np
import pytest
import zmq

from bench.engine.precision import PRECISIONS
from bench.engine.stub import StubEngine
from bench.errors import WorkerError, WorkerLost
from bench.measure.agreement import (
    MUST_AGREE,
    check_agreement,
    check_answer,
    check_threads,
    coarser_precision,
)
from bench.measure.executor import Call, Clock, IdleExecutor, LocalExecutor, run_calls
from bench.measure.remote import MAX_TIMEOUTS
from bench.measure.segment import idle_pause_ns
from bench.records import (
    FLOAT32,
    Address,
    AnswerComparison,
    Arm,
    Cell,
    Engines,
    EngineSpec,
    Outcome,
    Phase,
    Sample,
)
from bench.transport.data import DataClient
from bench.wire import decode, encode
from bench.wire.messages import Failure, Reply, Request
from tests.measure.factory import make_call, make_remote, make_sample

BATCH = np.ones((1, 3, 4, 4), dtype=np.float32)
WORKER_COLUMNS = {
    **{f"w{number}_ns": 10 * number for number in range(1, 6)},
    "minor_faults_count": 3,
    "cpu_ns": 7,
}

TOLERANCE, COARSE = (PRECISIONS[name].tolerance_fraction for name in (FLOAT32, "bfloat16"))


class _Fake:
    """Completes in order and remembers how many were outstanding each time."""

    def __init__(self) -> None:
        self.submitted: deque[Call] = deque()
        self.outstanding: list[int] = []

    class_count = 1000

    def submit(self, call: Call) -> None:
        self.submitted.append(call)

    def complete(self) -> Sample:
        self.outstanding.append(len(self.submitted))
        return self.submitted.popleft().row


@pytest.mark.parametrize(
    ("count", "in_flight", "outstanding"),
    [(4, 1, [1, 1, 1, 1]), (4, 2, [2, 2, 2, 1]), (1, 2, [1]), (0, 2, [])],
)
def test_the_loop_keeps_the_asked_number_outstanding(
    count: int, in_flight: int, outstanding: list[int]
) -> None:
    executor = _Fake()
    calls = [make_call(i, BATCH) for i in range(count)]
    done = run_calls(executor, calls, in_flight)
    assert [sample.request for sample in done] == list(range(count))
    assert executor.outstanding == outstanding


ENGINE = EngineSpec(model="resnet18")
EQUAL = Engines(local=ENGINE, remote=ENGINE)


@pytest.mark.parametrize("name", MUST_AGREE)
def test_what_must_agree_is_refused_with_both_values(name: str) -> None:
    facts = dict.fromkeys(MUST_AGREE, "this")
    with pytest.raises(WorkerError, match=f"{name} is 'this' here and 'that' there"):
        check_agreement(facts, {**facts, name: "that"}, "tcp://there", EQUAL)


def test_what_may_differ_is_told() -> None:
    told = check_agreement({"torch": "2"}, {"torch": "3"}, "x", EQUAL)
    assert told == ["torch is 2 here and 3 there"]


@pytest.mark.parametrize(
    ("field", "fact", "values"),
    [
        ("device", "device", ("cpu", "cuda")),
        ("precision", "dtype", ("float32", "bfloat16")),
        ("memory_format", "memory_format", ("contiguous", "channels_last")),
        ("mode", "mode", ("eager", "compile")),
    ],
)
def test_what_the_engines_declare_may_differ_and_nothing_else(
    field: str, fact: str, values: tuple[str, str]
) -> None:
    here = {**dict.fromkeys(MUST_AGREE, "this"), fact: values[0]}
    there = {**here, fact: values[1]}
    unequal = Engines(local=ENGINE, remote=msgspec.structs.replace(ENGINE, **{field: values[1]}))
    assert check_agreement(here, there, "x", unequal) == []
    with pytest.raises(WorkerError, match="threads is 'this' here and 3 there"):
        check_agreement(here, {**there, "threads": 3}, "x", unequal)


@pytest.mark.parametrize(
    ("local", "remote", "coarser"),
    [
        ("float32", "float32", "float32"),
        ("float32", "float16", "float16"),
        ("bfloat16", "float32", "bfloat16"),
        ("float16", "bfloat16", "bfloat16"),
    ],
)
def test_answers_are_compared_in_the_coarser_precision(
    local: str, remote: str, coarser: str
) -> None:
    engines = Engines(
        local=msgspec.structs.replace(ENGINE, precision=local),
        remote=msgspec.structs.replace(ENGINE, precision=remote),
    )
    assert coarser_precision(engines) == coarser


def test_a_coarser_precision_allows_more_and_counts_what_it_changes() -> None:
    ours = np.array([[1.0, 0.99], [0.2, -1.0]], dtype=np.float32)
    theirs = np.array([[0.98, 1.0], [0.21, -1.0]], dtype=np.float32)
    cell = Cell(batch_size=2, threads=1)
    with pytest.raises(WorkerError, match="answers wrongly"):
        check_answer(ours, theirs, cell, 0, Arm.REMOTE, TOLERANCE)
    compared = check_answer(ours, theirs, cell, 0, Arm.REMOTE, COARSE)
    assert (compared.images_count, compared.equal_top1_count) == (2, 1)
    assert compared.max_deviation_fraction == pytest.approx(0.02, rel=1e-3)
    both = compared + AnswerComparison(
        images_count=1, equal_top1_count=1, max_deviation_fraction=0.5
    )
    assert both == AnswerComparison(images_count=3, equal_top1_count=2, max_deviation_fraction=0.5)
    with pytest.raises(WorkerError, match="answers wrongly"):
        check_answer(ours, np.zeros_like(ours), cell, 0, Arm.REMOTE, COARSE)


def test_a_wrong_answer_is_not_close() -> None:
    ours = np.linspace(-1, 1, 1000, dtype=np.float32).reshape(1, -1)
    cell = Cell(batch_size=1, threads=1)
    check_answer(ours, ours * np.float32(1.0001), cell, 0, Arm.REMOTE, TOLERANCE)
    for wrong in (ours * 1.01, np.roll(ours, 1), np.full_like(ours, np.nan)):
        with pytest.raises(WorkerError, match="answers wrongly"):
            check_answer(ours, wrong, cell, 0, Arm.REMOTE, TOLERANCE)


def _computed(number: int, start_ns: int, end_ns: int, cpu_ns: int, phase: Phase) -> Sample:
    return make_sample(number, phase=phase, w3_ns=start_ns, w4_ns=end_ns, cpu_ns=cpu_ns)


def test_answers_that_are_not_finite_are_wrong_even_if_they_agree() -> None:
    ours = np.array([[1.0, np.inf]], dtype=np.float32)
    cell = Cell(batch_size=1, threads=1)
    theirs = np.array([[9.0, np.inf]], dtype=np.float32)
    with pytest.raises(WorkerError, match="the worker answers wrongly"):
        check_answer(ours, theirs, cell, 0, Arm.REMOTE, TOLERANCE)
    with pytest.raises(WorkerError, match="the local model, in arm local2, answers wrongly"):
        check_answer(ours[:, :1], 2 * ours[:, :1], cell, 0, Arm.PLACEBO, TOLERANCE)


def test_more_threads_than_agreed_fail_the_run_and_as_many_do_not() -> None:
    def samples(busy_threads: float) -> list[Sample]:
        wall_ns = 300_000_000
        return [_computed(0, 0, wall_ns, round(busy_threads * wall_ns), Phase.LATENCY)]

    check_threads(samples(2.2), 2, "the worker")
    with pytest.raises(WorkerError, match=r"the worker says .* with 2 threads and used 3\.0"):
        check_threads(samples(3.0), 2, "the worker")


def test_too_little_computing_proves_no_thread_count() -> None:
    check_threads([_computed(0, 0, 1_000_000, 9_000_000, Phase.LATENCY)], 2, "the worker")


def test_the_idle_arm_pauses_as_long_as_the_worker_waited() -> None:
    phases = [Phase.WARMUP, Phase.LATENCY, Phase.LATENCY, Phase.BURST]
    starts = [0, 30, 70, 71]
    samples = [
        _computed(i, s, s + 10, 0, p) for i, (s, p) in enumerate(zip(starts, phases, strict=True))
    ]
    assert idle_pause_ns(samples) == 25  # between 20 and 30; the burst does not wait
    assert idle_pause_ns(samples[:1]) == 0
    fake = _Fake()
    before = time.perf_counter()
    IdleExecutor(fake, pause_s=0.02).submit(make_call(0, BATCH))
    assert time.perf_counter() - before >= 0.02
    assert len(fake.submitted) == 1


class _Peer:
    """A remote executor and the raw socket that answers it."""

    def __init__(self, timeout_s: float, clock: Clock = time.perf_counter_ns) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.router = self.context.socket(zmq.ROUTER)
        port = self.router.bind_to_random_port("tcp://127.0.0.1")
        address = Address(host="127.0.0.1", port=port)
        self.data = DataClient(self.context, address, payload_bytes_max=1 << 20)
        self.asked = 0
        self.alive = False  # whether the supervisor answers
        self.executor = make_remote(
            self.data, self._ask, timeout_s=timeout_s, clock=clock, first_timeout_s=timeout_s
        )

    def _ask(self) -> None:
        self.asked += 1
        if not self.alive:
            raise WorkerLost("nobody answers")

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
            **WORKER_COLUMNS,
        }
        reply = Reply(**{**fields, **changes})  # type: ignore[arg-type]
        self.router.send_multipart([identity, encode(reply), bytes(4000)])

    def fail(self, message: str) -> None:
        identity, *frames = self.router.recv_multipart()
        request, _ = decode(frames)
        assert isinstance(request, Request)
        failure = Failure(sequence=request.sequence, message=message)
        self.router.send_multipart([identity, encode(failure)])

    def close(self) -> None:
        self.data.close()
        self.router.close(0)
        self.context.term()


def _known(sample: Sample, call: Call) -> dict[str, object]:
    """Return what an executor added to the row that was planned."""
    return {
        name: value
        for name, value in msgspec.structs.asdict(sample).items()
        if value != getattr(call.row, name)
    }


def test_a_local_row_has_the_stamps_of_its_request_and_of_its_computing() -> None:
    call = make_call(0, BATCH)
    executor = LocalExecutor(StubEngine(delay_ms=0, threads=1), count(1).__next__)
    executor.submit(call)
    known = _known(executor.complete(), call)
    stamps = {name: known.pop(name) for name in sorted(known) if name[0] in "cw" and name[1] != "p"}
    assert stamps == {"c0_ns": 1, "c1_ns": 1, "w3_ns": 2, "w4_ns": 3, "c5_ns": 4}
    assert known.keys() == {"outcome", "minor_faults_count", "cpu_ns"}
    assert known["outcome"] is Outcome.OK
    assert call.answer[0, 0] == -1


def test_a_remote_row_has_the_client_stamps_and_the_columns_of_the_reply() -> None:
    peer, call = _Peer(timeout_s=10, clock=count(1).__next__), make_call(0, BATCH)
    peer.executor.submit(call)
    peer.answer()
    known = _known(peer.executor.complete(), call)
    assert known.pop("wire_bytes") > BATCH.nbytes  # type: ignore[operator]
    assert known == {
        "c0_ns": 1,
        "c1_ns": 1,
        "c2_ns": 2,
        "c3_ns": 3,
        "c4_ns": 4,
        "c5_ns": 5,
        **WORKER_COLUMNS,
        "outcome": Outcome.OK,
    }
    peer.close()


def test_a_failed_request_is_a_row_with_the_reason_and_without_the_worker() -> None:
    peer, call = _Peer(timeout_s=10, clock=count(1).__next__), make_call(0, BATCH)
    peer.executor.submit(call)
    peer.fail("out of memory")
    sample = peer.executor.complete()
    assert (sample.outcome, sample.error) == (Outcome.FAILED, "out of memory")
    assert (sample.c1_ns, sample.c5_ns, sample.latency_ns) == (1, 5, 4)
    assert all(getattr(sample, name) is None for name in WORKER_COLUMNS)
    peer.close()


def test_an_answer_for_another_segment_fails_the_run() -> None:
    peer = _Peer(timeout_s=10)
    peer.executor.submit(make_call(0, BATCH))
    peer.answer(segment=7)
    with pytest.raises(WorkerError, match="cannot be trusted"):
        peer.executor.complete()
    peer.close()


def test_a_late_answer_is_a_timed_out_row_and_is_not_taken_for_the_next() -> None:
    peer = _Peer(timeout_s=0.05)
    peer.alive = True
    peer.executor.submit(make_call(0, BATCH))
    late = peer.executor.complete()
    assert (late.outcome, late.c4_ns, late.c5_ns) == (Outcome.TIMED_OUT, None, None)
    peer.executor._first_timeout_s = 10
    peer.executor.submit(make_call(1, BATCH))
    peer.answer()
    peer.answer()
    done = peer.executor.complete()
    assert (done.outcome, done.request) == (Outcome.OK, 1)
    peer.close()


def test_an_answer_that_comes_twice_counts_once() -> None:
    peer = _Peer(timeout_s=10)
    for number in (0, 1):
        peer.executor.submit(make_call(number, BATCH))
    peer.answer()
    first = peer.executor.complete()
    peer.answer(sequence=1)  # the first one's answer once more, and the second one's is lost
    peer.executor.submit(make_call(2, BATCH))
    peer.answer()
    second = peer.executor.complete()
    assert [(s.outcome, s.request) for s in (first, second)] == [(Outcome.OK, 0), (Outcome.OK, 2)]
    peer.close()


def test_answers_out_of_order_belong_to_their_requests() -> None:
    peer = _Peer(timeout_s=10)
    for number in (0, 1):
        peer.executor.submit(make_call(number, BATCH))
    peer.answer(sequence=2)
    peer.answer(sequence=1)
    assert [peer.executor.complete().request for _ in range(2)] == [1, 0]
    peer.close()


def test_a_late_answer_of_a_worker_that_is_gone_is_no_row() -> None:
    peer = _Peer(timeout_s=0.02)
    peer.executor.submit(make_call(0, BATCH))
    with pytest.raises(WorkerLost, match="nobody answers"):
        peer.executor.complete()
    assert peer.asked == 1
    peer.close()


def test_requests_in_a_row_without_an_answer_are_a_lost_worker() -> None:
    peer = _Peer(timeout_s=0.02)
    peer.alive = True
    for number in range(MAX_TIMEOUTS - 1):
        peer.executor.submit(make_call(number, BATCH))
        assert peer.executor.complete().outcome is Outcome.TIMED_OUT
    peer.executor.submit(make_call(9, BATCH))
    with pytest.raises(WorkerLost, match="3 requests in a row"):
        peer.executor.complete()
    peer.close()


def test_a_request_may_take_three_times_as_long_as_the_slowest_one_of_its_segment() -> None:
    peer = _Peer(timeout_s=20, clock=iter(range(0, 10**13, 10**9)).__next__)
    peer.executor._first_timeout_s = 600
    allowed = [peer.executor._allowed_s()]
    peer.executor.submit(make_call(0, BATCH))
    peer.answer()
    assert peer.executor.complete().latency_ns == 4 * 10**9
    allowed.append(peer.executor._allowed_s())
    peer.executor.submit(make_call(1, BATCH))
    allowed.append(peer.executor._allowed_s())
    peer.executor.begin_segment()
    allowed.append(peer.executor._allowed_s())
    assert allowed == [600, 20 + 3 * 4, 20 + 3 * 4 * 2, 600]
    peer.close()
