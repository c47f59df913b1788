"""A session of a real worker with any codec."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import zmq

from bench.codec.open import open_codec
from bench.measure.remote import FIRST_TIMEOUT_S, RemoteExecutor
from bench.records import ANY_LOOPBACK_PORT, EngineSpec
from bench.transport.control import ControlClient
from bench.transport.data import DataClient
from bench.worker.jobs import WorkerJob
from bench.worker.launch import start_embedded
from tests.measure.factory import make_remote
from tests.sessions import join_session, stub_hello, welcome_of

SIDE = 32
IN_FLIGHT = 2


@dataclass
class Session:
    """A session, where its images are preprocessed, and the process that computes."""

    data: DataClient
    control: ControlClient
    name: str
    codec: str
    place: str
    compute: psutil.Process

    def remote(
        self, codec: tuple[str, str] | None = None, first_timeout_s: float = FIRST_TIMEOUT_S
    ) -> RemoteExecutor:
        """Return what makes requests, encoded by the session's codec or by another one."""
        remote = make_remote(
            self.data,
            self.control.describe,
            session=self.name,
            codec=open_codec(*(codec or (self.codec, self.place))),
            first_timeout_s=first_timeout_s,
        )
        remote.begin_segment()
        return remote


@contextlib.contextmanager
def image_session(codec: str, place: str, delay_ms: int = 0) -> Iterator[Session]:
    """Give a session of a stub that takes so long for a batch [ms].

    Parameters
    ----------
    codec, place : str
        How batches are sent, and where files are preprocessed.
    delay_ms : int
        How long the stub takes [ms].
    """
    engine = EngineSpec(model=f"stub:{delay_ms}")
    program, address = start_embedded(WorkerJob(ANY_LOOPBACK_PORT, engine, None, SIDE))
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    control = ControlClient(context, address)
    hello = stub_hello(
        engine=engine,
        codec=codec,
        preprocess=place,
        image_size=SIDE,
        in_flight_count=IN_FLIGHT,
    )
    try:
        welcome = welcome_of(control, hello)
        (compute,) = psutil.Process(program.pid).children()
        data = join_session(context, control, welcome)
        try:
            yield Session(data, control, welcome.session, codec, place, compute)
        finally:
            data.close()
    finally:
        control.close()
        context.term()
        program.stop()
