"""Every socket is bounded, and an address that cannot be used is named."""

import subprocess
import sys

import pytest
import zmq

from bench.errors import HostError
from bench.records import ANY_LOOPBACK_PORT, Address
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


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_bound_address_has_its_real_port_and_can_be_connected(
    context: Context, host: str
) -> None:
    router, dealer = (open_socket(context, kind) for kind in (zmq.ROUTER, zmq.DEALER))
    bound = bind(router, Address(host=host, port=0))
    assert (bound.host, bound.port > 0) == (host, True)
    connect(dealer, bound)
    dealer.send(b"here")
    assert router.poll(10_000)
    assert router.recv_multipart()[1] == b"here"


def test_a_port_that_is_taken_is_an_error_of_this_machine(context: Context) -> None:
    address = bind(open_socket(context, zmq.ROUTER), ANY_LOOPBACK_PORT)
    with pytest.raises(HostError, match="cannot be bound on this machine") as caught:
        bind(open_socket(context, zmq.ROUTER), address)
    assert str(address) in str(caught.value)


def test_an_address_of_another_machine_cannot_be_bound(context: Context) -> None:
    with pytest.raises(HostError, match=r"tcp://192\.0\.2\.1:5555"):
        bind(open_socket(context, zmq.ROUTER), Address(host="192.0.2.1", port=5555))


@pytest.mark.parametrize("program", ["measure.child", "worker.compute", "worker.supervisor"])
def test_a_process_of_a_run_starts_without_an_event_loop(program: str) -> None:
    code = f"import sys, bench.{program}; print('asyncio' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"
