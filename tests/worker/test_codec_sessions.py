"""What a session must do with every codec: answer, refuse, time out, and notice a dead peer."""

import functools

import pytest

from bench.codec.open import CODECS, open_codec
from bench.codec.spec import Batch, Form
from bench.engine.inputs import ImagePool, synthetic_pool
from bench.errors import WorkerLost
from bench.measure.executor import run_calls
from bench.records import Outcome
from tests.measure.factory import make_call
from tests.worker.image_sessions import IN_FLIGHT, SIDE, Session, image_session

EVERY = pytest.mark.parametrize(
    ("codec", "place"), [(name, place) for name, places in CODECS.items() for place in places]
)
SLOW_MS = 400


def batch_for(session: Session, count: int, side: int = SIDE) -> Batch:
    """Return images in the form that the codec of a session encodes."""
    form = open_codec(session.codec, session.place).form
    return pool_of(side, form).batch(0, count)


@functools.cache
def pool_of(side: int, form: Form) -> ImagePool[Batch]:
    """Return synthetic images; files take seconds to make."""
    return synthetic_pool(1, side, form)


@EVERY
def test_batches_of_any_size_are_answered_with_several_in_flight(codec: str, place: str) -> None:
    with image_session(codec, place) as session:
        calls = [make_call(n, batch_for(session, size)) for n, size in enumerate((1, 3, 4, 2, 1))]
        rows = run_calls(session.remote(), calls, IN_FLIGHT)
    assert [row.outcome for row in rows] == [Outcome.OK] * len(calls)
    assert [row.batch_size for row in rows] == [1, 3, 4, 2, 1]


@pytest.mark.parametrize("codec", ["float32", "float16", "uint8"])
def test_images_of_another_size_fail_their_request_only(codec: str) -> None:
    with image_session(codec, "client") as session:
        remote = session.remote()
        wrong, good = batch_for(session, 1, side=16), batch_for(session, 1)
        rows = run_calls(remote, [make_call(0, wrong), make_call(1, good)], 1)
    assert [row.outcome for row in rows] == [Outcome.FAILED, Outcome.OK]
    assert "the hello said (3, 32, 32)" in (rows[0].error or "")


@EVERY
def test_a_late_answer_is_a_row_and_not_taken_for_the_next_one(codec: str, place: str) -> None:
    with image_session(codec, place, delay_ms=SLOW_MS) as session:
        remote = session.remote(first_timeout_s=SLOW_MS / 4000)
        batch = batch_for(session, 1)
        remote.submit(make_call(0, batch))
        late = remote.complete()
        remote = session.remote()
        remote.submit(make_call(1, batch))
        row = remote.complete()
    assert late.outcome is Outcome.TIMED_OUT
    assert row.outcome is Outcome.OK


@EVERY
@pytest.mark.parametrize("sent", [False, True], ids=["before a request", "while it computes"])
def test_a_compute_process_that_dies_is_a_lost_worker(
    codec: str, place: str, *, sent: bool
) -> None:
    with image_session(codec, place, delay_ms=10_000) as session:
        remote, call = session.remote(), make_call(0, batch_for(session, 1))
        if sent:
            remote.submit(call)
        session.compute.kill()
        session.compute.wait()
        with pytest.raises(WorkerLost, match="complete blocks are kept"):
            run_calls(remote, [] if sent else [call], 1) or remote.complete()
