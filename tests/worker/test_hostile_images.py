"""Hostile images to a worker that decodes files: each is a failure of its request, and no more."""

from collections.abc import Iterator

import numpy as np
import pytest

from bench.codec.images import encode_jpeg
from bench.codec.spec import Files
from bench.records import Outcome, Sample
from tests.codec.pictures import encoded, png_that_claims, ramp
from tests.measure.factory import make_call
from tests.worker.image_sessions import SIDE, Session, image_session

GOOD = encode_jpeg(ramp(50, 40), 90)
HOSTILE = {
    "a bomb": png_that_claims(30_000, 30_000),
    "a large bomb": png_that_claims(6_300, 6_300),
    "a cut image": GOOD[:400],
    "a page of text": b"<html>" * 200,
    "nothing": b"",
    "another format": encoded(ramp(8, 8), "GIF"),
    "bytes at random": np.random.default_rng(1).bytes(50_000),
}


@pytest.fixture(params=["worker", "client"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    with image_session("jpeg", request.param) as session:
        yield session


def ask(session: Session, files: Files) -> Sample:
    """Send files as they are, and return the row of the request."""
    remote = session.remote(codec=("jpeg", "worker"))
    remote.submit(make_call(0, files))
    return remote.complete()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_image_fails_its_request_and_the_next_one_is_answered(
    session: Session, name: str
) -> None:
    good = encode_jpeg(ramp(SIDE, SIDE), 90)
    before = session.compute.memory_info().rss
    for batch in ([HOSTILE[name]], [good, HOSTILE[name]], [HOSTILE[name]] * 4):
        row = ask(session, batch)
        assert row.outcome is Outcome.FAILED
        assert row.error
    assert ask(session, [good]).outcome is Outcome.OK
    assert session.compute.memory_info().rss - before < 200e6  # an image may take 160 MB


def test_an_image_of_any_size_is_resized_only_where_the_client_did_not_agree_to(
    session: Session,
) -> None:
    row = ask(session, [GOOD])
    assert row.outcome is (Outcome.OK if session.place == "worker" else Outcome.FAILED)
    if session.place == "client":
        assert row.error is not None
        assert "the hello said (3, 32, 32)" in row.error
