"""A server of one session, a client of it, and a context that is always taken down."""

import time
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest
import zmq
from numpy.typing import NDArray

from bench.records import ANY_LOOPBACK_PORT
from bench.transport.data import DataClient, open_data_link
from bench.transport.server import Server

PAYLOAD_BYTES_MAX = 200_000
SESSION = "session"
WAIT_S = 20
Context = zmq.Context[zmq.Socket[bytes]]


class KeepingContext(Context):
    """Keeps its sockets, so that none is collected open before the context is taken down."""

    kept: ClassVar[list[zmq.Socket[bytes]]] = []

    def socket(self, *args: Any, **options: Any) -> zmq.Socket[bytes]:
        """Open a socket and keep it."""
        self.kept.append(super().socket(*args, **options))
        return self.kept[-1]


@pytest.fixture
def context() -> Iterator[Context]:
    """Open a context whose sockets are all closed afterwards."""
    opened = KeepingContext()
    yield opened
    opened.destroy(linger=0)
    opened.kept.clear()


@pytest.fixture
def server_to_start() -> Iterator[Server]:
    """Make a server on loopback that takes two requests at a time."""
    made = Server(
        ANY_LOOPBACK_PORT,
        session=SESSION,
        payload_bytes_max=PAYLOAD_BYTES_MAX,
        jobs_max=2,
        clock=time.perf_counter_ns,
    )
    yield made
    made.close()


@pytest.fixture
def server(server_to_start: Server) -> Server:
    """Start a server on loopback."""
    server_to_start.start()
    return server_to_start


@pytest.fixture
def client(context: Context, server: Server) -> DataClient:
    """Connect a client to the server, and join its session."""
    return join(context, server)


def join(context: Context, server: Server) -> DataClient:
    """Return a client that has joined the session of a server."""
    return open_data_link(
        context,
        server.address,
        session=SESSION,
        payload_bytes_max=PAYLOAD_BYTES_MAX,
        silence_s=WAIT_S,
    )


@pytest.fixture
def batch() -> NDArray[np.float32]:
    """Make a batch of two images of noise."""
    return np.random.default_rng(1).standard_normal((2, 3, 16, 16), dtype=np.float32)
