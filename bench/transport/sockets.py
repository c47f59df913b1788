"""The one place that opens sockets, so that none is without bounds."""

import zmq

from bench.errors import HostError, UsageError
from bench.records import Facts
from bench.wire import MAX_HEADER_BYTES

HIGH_WATER_MARK = 16
_KEEPALIVE_IDLE_S = 10
_KEEPALIVE_INTERVAL_S = 5
_KEEPALIVE_COUNT = 3
_HANDSHAKE_TIMEOUT_MS = 5_000
_LAST_PORT = 65_535


def open_socket(
    context: zmq.Context[zmq.Socket[bytes]], kind: int, *, payload_bytes_max: int = 0
) -> zmq.Socket[bytes]:
    """Return a new socket whose queues and messages are bounded and which never lingers.

    A peer that vanished without a word is noticed by the kernel's keepalive, not by heartbeats
    of ZeroMQ, which would wake a thread on both sides while a segment is measured.

    Parameters
    ----------
    kind : int
        ``zmq.DEALER`` or ``zmq.ROUTER``.
    payload_bytes_max : int
        Largest tensor that may arrive [bytes]; a larger frame closes the connection before it
        is allocated.
    """
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
    socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
    socket.setsockopt(zmq.MAXMSGSIZE, max(payload_bytes_max, MAX_HEADER_BYTES))
    socket.setsockopt(zmq.HANDSHAKE_IVL, _HANDSHAKE_TIMEOUT_MS)
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, _KEEPALIVE_IDLE_S)
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, _KEEPALIVE_INTERVAL_S)
    socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, _KEEPALIVE_COUNT)
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
    _check_port(endpoint, "--bind")
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
    _check_port(endpoint, "--worker")
    try:
        socket.connect(endpoint)
    except zmq.ZMQError as error:
        raise UsageError(
            f"--worker: {endpoint!r} is not an endpoint ({error.strerror}); write tcp://ADDRESS:PORT."
        ) from error


def _check_port(endpoint: str, flag: str) -> None:
    """Refuse a port above the last one, which ZeroMQ would silently take for a smaller one."""
    port = endpoint.rpartition(":")[2]
    if port.isdecimal() and int(port) > _LAST_PORT:
        raise UsageError(
            f"{flag}: {endpoint!r} has a port above {_LAST_PORT}; choose a smaller one."
        )
