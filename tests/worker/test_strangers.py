"""Strangers who connect and leave before a client comes, whose descriptors the client then gets."""

import os
import signal
import threading

import zmq

from bench.records import ANY_LOOPBACK_PORT, EngineSpec
from bench.transport.sockets import connect, open_socket
from bench.wire import decode, encode
from bench.wire.messages import Welcome
from bench.worker.jobs import WorkerJob
from bench.worker.supervisor import Supervisor
from tests.sessions import stub_hello
from tests.strangers import strangers_who_left

WAIT_S = 20


def test_a_client_is_served_when_the_end_of_a_stranger_with_its_descriptor_is_heard() -> None:
    supervisor = Supervisor(WorkerJob(ANY_LOOPBACK_PORT, EngineSpec(model="stub:0"), None, 32))
    with (
        strangers_who_left(supervisor.address),
        zmq.Context() as context,
        open_socket(context, zmq.DEALER) as client,
    ):
        connect(client, supervisor.address)
        client.send(encode(stub_hello()))
        assert supervisor._socket.poll(WAIT_S * 1000)  # behind all that strangers did
        waits = threading.Thread(target=wait_and_end, args=(client,))
        waits.start()
        supervisor.serve()
        waits.join()
        assert client.poll(0), "there was no answer"
        message, _ = decode(client.recv_multipart())
        assert isinstance(message, Welcome)


def wait_and_end(client: zmq.Socket[bytes]) -> None:
    """Wait for an answer, then end the supervisor, which serves in this process."""
    client.poll(WAIT_S * 1000)
    os.kill(os.getpid(), signal.SIGTERM)
