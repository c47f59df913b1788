"""A session with a worker, as a measuring process opens one."""

import zmq

from bench.transport.control import ControlClient
from bench.transport.data import DataClient, open_data_link
from bench.transport.security import ClientKeys
from bench.transport.sockets import SILENCE_S
from bench.wire.messages import Hello, Welcome

MAX_ANSWER_BYTES = 1 << 20


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
