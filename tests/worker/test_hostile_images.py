"""Hostile images to a worker that decodes files: each is a failure of its request, and no more."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import psutil
import pytest
import zmq

from bench.codec.images import encode_jpeg
from bench.codec.open import open_codec
from bench.codec.spec import Batch
from bench.records import ANY_LOOPBACK_PORT, EngineSpec, Outcome, Sample
from bench.transport.control import ControlClient
from bench.transport.data import DataClient
from bench.wire.messages import Hello
from bench.worker.jobs import WorkerJob
from bench.worker.launch import start_embedded
from tests.codec.pictures import encoded, png_that_claims, ramp
from tests.measure.factory import make_call, make_remote
from tests.sessions import join_session, welcome_of

STUB = EngineSpec(model="stub:0")
SIDE = 32
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


@dataclass
class Session:
    """A session whose images are files, and the process that computes."""

    data: DataClient
    control: ControlClient
    name: str
    place: str
    compute: psutil.Process

    def ask(self, batch: Batch) -> Sample:
        """Send files as they are, and return the row of the request."""
        remote = make_remote(
            self.data, self.control.describe, session=self.name, codec=open_codec("jpeg", "worker")
        )
        remote.begin_segment()
        remote.submit(make_call(0, batch))
        return remote.complete()


@pytest.fixture(params=["worker", "client"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    program, address = start_embedded(WorkerJob(ANY_LOOPBACK_PORT, STUB, None, SIDE))
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    control = ControlClient(context, address)
    hello = Hello(
        engine=STUB,
        codec="jpeg",
        preprocess=request.param,
        image_size=SIDE,
        batch_sizes=(1, 4),
        threads=1,
        allocator="tuned",
        in_flight_count=2,
    )
    welcome = welcome_of(control, hello)
    (compute,) = psutil.Process(program.pid).children()
    data = join_session(context, control, welcome)
    yield Session(data, control, welcome.session, request.param, compute)
    data.close()
    control.close()
    context.term()
    program.stop()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_image_fails_its_request_and_the_next_one_is_answered(
    session: Session, name: str
) -> None:
    good = encode_jpeg(ramp(SIDE, SIDE), 90)
    before = session.compute.memory_info().rss
    for batch in ([HOSTILE[name]], [good, HOSTILE[name]], [HOSTILE[name]] * 4):
        row = session.ask(batch)
        assert row.outcome is Outcome.FAILED
        assert row.error
    assert session.ask([good]).outcome is Outcome.OK
    assert session.compute.memory_info().rss - before < 200e6  # an image may take 160 MB


def test_an_image_of_any_size_is_resized_only_where_the_client_did_not_agree_to(
    session: Session,
) -> None:
    row = session.ask([GOOD])
    assert row.outcome is (Outcome.OK if session.place == "worker" else Outcome.FAILED)
    if session.place == "client":
        assert row.error is not None
        assert "the hello said (3, 32, 32)" in row.error
