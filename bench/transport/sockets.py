"""The one place that opens sockets, so that none is without bounds."""

import struct
from typing import NamedTuple

import zmq

from bench.errors import HostError, UsageError, WorkerError
from bench.records import Address, Facts
from bench.transport.security import ClientKeys, ServerKeys, use_keys
from bench.wire import MAX_HEADER_BYTES, WireError

HIGH_WATER_MARK = 16
SILENCE_S = 20.0
HEARTBEATS = 4
"""Heartbeats per silence: the first is sent after a quarter of it, and answered within the rest."""
_HANDSHAKE_TIMEOUT_MS = 5_000


def open_socket(
    context: zmq.Context[zmq.Socket[bytes]],
    kind: int,
    *,
    payload_bytes_max: int = 0,
    silence_s: float = SILENCE_S,
    keys: ClientKeys | ServerKeys | None = None,
) -> zmq.Socket[bytes]:
    """Return a new socket with bounded queues and messages; closing it never waits.

    Heartbeats detect a peer that ended without closing its connection. The thread of ZeroMQ sends
    and answers them, a few per minute, also while a model computes.

    Parameters
    ----------
    context : Context
        Of ZeroMQ.
    kind : int
        ``zmq.DEALER`` or ``zmq.ROUTER``.
    payload_bytes_max : int
        Largest tensor that may arrive [bytes]; a larger frame closes the connection before it
        is allocated.
    silence_s : float
        After so long without a heartbeat the connection is closed [s].
    keys : ClientKeys or ServerKeys, optional
        With them the socket encrypts, and has no connection to a peer that does not.
    """
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, HIGH_WATER_MARK)
    socket.setsockopt(zmq.RCVHWM, HIGH_WATER_MARK)
    socket.setsockopt(zmq.MAXMSGSIZE, max(payload_bytes_max, MAX_HEADER_BYTES))
    socket.setsockopt(zmq.HANDSHAKE_IVL, _HANDSHAKE_TIMEOUT_MS)
    socket.setsockopt(zmq.HEARTBEAT_IVL, round(1000 * silence_s / HEARTBEATS))
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, round(1000 * silence_s * (1 - 1 / HEARTBEATS)))
    if keys is not None:
        use_keys(socket, keys)
    return socket


class SocketEvent(NamedTuple):
    """An event of a socket's monitor, such as ``zmq.EVENT_DISCONNECTED``, and its value."""

    kind: int
    value: int


def receive_event(monitor: zmq.Socket[bytes]) -> SocketEvent:
    """Return the next event of the socket that ``monitor`` watches; it waits for one.

    PyZMQ has such a function, too, in a module that imports asyncio: a sixth of the time that a
    process takes to start.
    """
    event, _endpoint = monitor.recv_multipart()
    return SocketEvent(*struct.unpack("=Hi", event))


def other_protocol(address: Address, error: WireError) -> WorkerError:
    """Return the error about a peer whose answer is no message of this protocol."""
    return WorkerError(
        f"{address} does not speak this protocol: {error}; "
        "use the same version of scalebench on both machines."
    )


def socket_facts() -> Facts:
    """Return the version of ZeroMQ and how every data socket is set; kernel buffers are its own."""
    return {
        "zeromq": zmq.zmq_version(),
        "high_water_mark_messages": HIGH_WATER_MARK,
        "io_threads_count": 1,
        "kernel_buffers": "as the system sizes them",
    }


def bind(socket: zmq.Socket[bytes], address: Address) -> Address:
    """Bind, and return the address with the port that it got.

    Raises
    ------
    HostError
        If it cannot be bound here.
    """
    socket.setsockopt(zmq.IPV6, address.is_ipv6)
    try:
        socket.bind(str(address))
    except zmq.ZMQError as error:
        raise HostError(
            f"--bind: {address} cannot be bound on this machine: {error.strerror}; "
            "choose an address of this machine and a free port."
        ) from error
    port = socket.getsockopt_string(zmq.LAST_ENDPOINT).rpartition(":")[2]
    return Address(host=address.host, port=int(port))


def connect(socket: zmq.Socket[bytes], address: Address) -> None:
    """Connect; a missing peer is detected only later.

    Raises
    ------
    UsageError
        If it is the address of no host.
    """
    socket.setsockopt(zmq.IPV6, address.is_ipv6)
    try:
        socket.connect(str(address))
    except zmq.ZMQError as error:
        raise UsageError(
            f"--worker: {str(address)!r} is not an endpoint ({error.strerror}); write "
            "tcp://ADDRESS:PORT."
        ) from error
