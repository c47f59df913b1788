"""The one place that opens sockets, so that none is without bounds."""

import re

import zmq

from bench.errors import HostError, UsageError
from bench.records import Facts
from bench.wire import MAX_HEADER_BYTES

HIGH_WATER_MARK = 16
SILENCE_S = 20.0
HEARTBEATS = 4
"""Of one silence: the first is sent after a quarter of it, and answered within the rest."""
_HANDSHAKE_TIMEOUT_MS = 5_000
_LAST_PORT = 65_535
_ENDPOINT = re.compile(
    r"tcp://(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^\s/:\[\]]+):(?P<port>\*|[0-9]{1,9})"
)


def open_socket(
    context: zmq.Context[zmq.Socket[bytes]],
    kind: int,
    *,
    payload_bytes_max: int = 0,
    silence_s: float = SILENCE_S,
) -> zmq.Socket[bytes]:
    """Return a new socket whose queues and messages are bounded and which never lingers.

    A peer that vanished without a word is noticed by heartbeats, which the thread of ZeroMQ sends
    and answers, however long a model computes: a few in a minute.

    Parameters
    ----------
    kind : int
        ``zmq.DEALER`` or ``zmq.ROUTER``.
    payload_bytes_max : int
        Largest tensor that may arrive [bytes]; a larger frame closes the connection before it
        is allocated.
    silence_s : float
        After so long without a heartbeat the connection is closed [s].
    """
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
    socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
    socket.setsockopt(zmq.MAXMSGSIZE, max(payload_bytes_max, MAX_HEADER_BYTES))
    socket.setsockopt(zmq.HANDSHAKE_IVL, _HANDSHAKE_TIMEOUT_MS)
    socket.setsockopt(zmq.HEARTBEAT_IVL, round(1000 * silence_s / HEARTBEATS))
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, round(1000 * silence_s * (1 - 1 / HEARTBEATS)))
    return socket


def socket_facts() -> Facts:
    """Return the version of ZeroMQ and how every data socket is set; kernel buffers are its own."""
    return {
        "zeromq": zmq.zmq_version(),
        "high_water_mark_messages": HIGH_WATER_MARK,
        "io_threads_count": 1,
        "kernel_buffers": "as the system sizes them",
    }


def bind(socket: zmq.Socket[bytes], endpoint: str) -> str:
    """Bind and return the real endpoint, with its port where ``*`` or 0 was asked.

    Raises
    ------
    UsageError
        If the endpoint is not an address.
    HostError
        If it cannot be bound here.
    """
    check_endpoint(endpoint, "--bind")
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        if error.errno in (zmq.EINVAL, zmq.EPROTONOSUPPORT):
            raise UsageError(
                f"--bind: {endpoint!r} is not an endpoint; write tcp://ADDRESS:PORT."
            ) from error
        raise HostError(
            f"--bind: {endpoint} cannot be bound on this machine: {error.strerror}; "
            "choose an address of this machine and a free port."
        ) from error
    return socket.getsockopt_string(zmq.LAST_ENDPOINT)


def connect(socket: zmq.Socket[bytes], endpoint: str) -> None:
    """Connect; that nobody answers shows only later.

    Raises
    ------
    UsageError
        If the endpoint is not an address.
    """
    check_endpoint(endpoint, "--worker")
    try:
        socket.connect(endpoint)
    except zmq.ZMQError as error:
        raise UsageError(
            f"--worker: {endpoint!r} is not an endpoint ({error.strerror}); write tcp://ADDRESS:PORT."
        ) from error


def check_endpoint(endpoint: str, flag: str) -> None:
    """Refuse what is not ``tcp://ADDRESS:PORT``; a bind may leave the port to the system.

    ZeroMQ would take other transports, and a port above the last one for a smaller one.

    Raises
    ------
    UsageError
        Naming the flag and the endpoint.
    """
    found = _ENDPOINT.fullmatch(endpoint)
    if found is None:
        raise UsageError(f"{flag}: {endpoint!r} is not an endpoint; write tcp://ADDRESS:PORT.")
    port = found["port"]
    if port == "*" or int(port) == 0:
        if flag != "--bind":
            raise UsageError(f"{flag}: {endpoint!r} names no port; write tcp://ADDRESS:PORT.")
    elif int(port) > _LAST_PORT:
        raise UsageError(
            f"{flag}: {endpoint!r} has a port above {_LAST_PORT}; choose a smaller one."
        )


def check_worker_endpoint(endpoint: str, flag: str) -> None:
    """Refuse an endpoint at which no worker can serve, since data needs the next port.

    Raises
    ------
    UsageError
        Naming the flag and the endpoint.
    """
    check_endpoint(endpoint, flag)
    if endpoint.endswith(f":{_LAST_PORT}"):
        raise UsageError(
            f"{flag}: {endpoint!r} has the last port, and data needs the next one; "
            f"choose one below {_LAST_PORT}."
        )
