"""A session with a worker, as a measuring process opens one."""

from typing import Any

import msgspec
import zmq

from bench.config import CODEC
from bench.records import EngineSpec
from bench.transport.control import ControlClient
from bench.transport.data import DataClient, open_data_link
from bench.transport.security import ClientKeys
from bench.transport.sockets import SILENCE_S
from bench.wire.messages import Hello, Welcome

MAX_ANSWER_BYTES = 1 << 20
_HELLO = Hello(
    engine=EngineSpec(model="stub:0"),
    codec=CODEC,
    image_size=32,
    batch_sizes=(1, 4),
    threads=1,
    allocator="tuned",
    in_flight_count=2,
)


def stub_hello(**changes: Any) -> Hello:
    """Return the hello of a client of the stub, with other values in the fields that are named."""
    return msgspec.structs.replace(_HELLO, **changes)


def welcome_of(control: ControlClient, hello: Hello) -> Welcome:
    """Say hello, and return the answer."""
    control.send_hello(hello)
    return control.receive_welcome(hello)


def join_session(
    context: zmq.Context[zmq.Socket[bytes]],
    control: ControlClient,
    welcome: Welcome,
    *,
    silence_s: float = SILENCE_S,
    keys: ClientKeys | None = None,
) -> DataClient:
    """Return a connection to the compute process of a session, which it has joined.

    Parameters
    ----------
    context : Context
        Of ZeroMQ.
    control : ControlClient
        The connection over which the session was asked for.
    welcome : Welcome
        The worker's answer.
    silence_s : float
        After so long without a heartbeat the connection is lost [s].
    keys : ClientKeys, optional
        With them the connection is encrypted.
    """
    return open_data_link(
        context,
        welcome.data.seen_from(control.address),
        session=welcome.session,
        payload_bytes_max=MAX_ANSWER_BYTES,
        silence_s=silence_s,
        keys=keys,
    )
