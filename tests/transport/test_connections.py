"""The system gives the descriptor of a closed connection to the next one."""

import socket
from functools import partial

import zmq

from bench.records import ANY_LOOPBACK_PORT, Address
from bench.transport.connections import Connection, Connections
from bench.transport.sockets import bind, connect, open_socket
from tests.transport.conftest import WAIT_S, Context
from tests.waiting import wait_until


def knock(address: Address) -> None:
    """Connect and close, as whoever scans ports does."""
    socket.create_connection((address.host, address.port), timeout=WAIT_S).close()


def call(context: Context, address: Address) -> zmq.Socket[bytes]:
    peer = open_socket(context, zmq.DEALER)
    connect(peer, address)
    peer.send(b"here")
    return peer


def frame_of(router: zmq.Socket[bytes]) -> zmq.Frame:
    assert router.poll(WAIT_S * 1000)
    return router.recv_multipart(copy=False)[1]


def is_closed(connections: Connections, connection: Connection | None) -> bool:
    connections.update()
    return not connections.is_open(connection)


def test_the_end_of_a_connection_is_not_taken_for_that_of_the_next_one(context: Context) -> None:
    router = open_socket(context, zmq.ROUTER)
    connections = Connections(router, "inproc://events")
    address = bind(router, ANY_LOOPBACK_PORT)
    descriptors = set()
    for _ in range(5):
        knock(address)
        client = call(context, address)
        frame = frame_of(router)
        descriptors.add(frame.get(zmq.SRCFD))
        found = connections.of(frame)
        assert connections.is_open(found)
        client.close()
        wait_until(partial(is_closed, connections, found))
        knock(address)
        other = call(context, address)
        assert connections.is_open(connections.of(frame_of(router)))
        assert not connections.is_open(found)
        other.close()
    assert len(descriptors) < 5, "no descriptor was used again: this test has shown nothing"


def test_a_connection_that_is_closed_by_now_is_none(context: Context) -> None:
    router = open_socket(context, zmq.ROUTER)
    connections = Connections(router, "inproc://events")
    client = call(context, bind(router, ANY_LOOPBACK_PORT))
    frame = frame_of(router)
    client.close()
    wait_until(lambda: connections.of(frame) is None)
    assert not connections.is_open(None)
