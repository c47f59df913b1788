"""Every socket is bounded, and an address that cannot be used is named."""

import pytest
import zmq

from bench.errors import HostError, UsageError
from bench.transport.sockets import (
    HIGH_WATER_MARK,
    SILENCE_S,
    bind,
    connect,
    open_socket,
)
from bench.wire import MAX_HEADER_BYTES
from tests.transport.conftest import Context


@pytest.mark.parametrize("kind", [zmq.DEALER, zmq.ROUTER])
def test_a_socket_bounds_its_queues_and_never_lingers(context: Context, kind: int) -> None:
    socket = open_socket(context, kind)
    assert socket.getsockopt(zmq.SNDHWM) == HIGH_WATER_MARK
    assert socket.getsockopt(zmq.RCVHWM) == HIGH_WATER_MARK
    assert socket.getsockopt(zmq.LINGER) == 0
    times_ms = [socket.getsockopt(name) for name in (zmq.HEARTBEAT_IVL, zmq.HEARTBEAT_TIMEOUT)]
    assert sum(map(int, times_ms)) == 1000 * SILENCE_S


@pytest.mark.parametrize(
    ("payload", "limit"), [(0, MAX_HEADER_BYTES), (1, MAX_HEADER_BYTES), (10**6, 10**6)]
)
def test_a_frame_may_be_a_header_or_the_largest_tensor(
    context: Context, payload: int, limit: int
) -> None:
    socket = open_socket(context, zmq.ROUTER, payload_bytes_max=payload)
    assert socket.getsockopt(zmq.MAXMSGSIZE) == limit


def test_a_bound_endpoint_has_its_real_port(context: Context) -> None:
    host, port = bind(open_socket(context, zmq.ROUTER), "tcp://127.0.0.1:*").rsplit(":", 1)
    assert host == "tcp://127.0.0.1"
    assert int(port) > 0


def test_a_port_that_is_taken_is_an_error_of_this_machine(context: Context) -> None:
    endpoint = bind(open_socket(context, zmq.ROUTER), "tcp://127.0.0.1:*")
    with pytest.raises(HostError, match="cannot be bound on this machine") as caught:
        bind(open_socket(context, zmq.ROUTER), endpoint)
    assert endpoint in str(caught.value)


def test_an_address_of_another_machine_cannot_be_bound(context: Context) -> None:
    with pytest.raises(HostError, match=r"192\.0\.2\.1"):
        bind(open_socket(context, zmq.ROUTER), "tcp://192.0.2.1:5555")


BAD = ["", "5555", "127.0.0.1:5555", "http://127.0.0.1:5555", "tcp://", "tcp://127.0.0.1"]
BAD += ["tcp://127.0.0.1:65536", "tcp://127.0.0.1:70000"]


@pytest.mark.parametrize("endpoint", [*BAD, "tcp://127.0.0.1:x"])
def test_what_is_no_endpoint_cannot_be_bound(context: Context, endpoint: str) -> None:
    with pytest.raises(UsageError, match="--bind: ") as caught:
        bind(open_socket(context, zmq.ROUTER), endpoint)
    assert repr(endpoint) in str(caught.value)


@pytest.mark.parametrize("endpoint", BAD)
def test_what_is_no_endpoint_cannot_be_connected(context: Context, endpoint: str) -> None:
    with pytest.raises(UsageError, match="--worker: ") as caught:
        connect(open_socket(context, zmq.DEALER), endpoint)
    assert repr(endpoint) in str(caught.value)
