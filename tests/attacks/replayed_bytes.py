"""Attack: the bytes of an honest client's connection, sent again on connections of their own."""

import contextlib
import socket
import threading

import zmq

from bench.records import Address
from bench.transport.control import ControlClient
from tests.attacks.clock import Until


def attack(ports: list[int], until: Until) -> int:
    """Record what a client sends to the first port, and repeat it to all; return how often."""
    recorded, count = _record(ports[0]), 0
    while until.not_over or not count:
        for port in ports:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", port), 1) as s,
            ):
                s.settimeout(0.05)
                for part in recorded:
                    s.sendall(part)
                    s.recv(1000)
            count += 1
    return count


def _record(port: int) -> list[bytes]:
    """Return the pieces that a client sends through a proxy while it asks for a description."""
    parts: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        control = ControlClient(context, Address(host="127.0.0.1", port=listener.getsockname()[1]))
        near, _ = listener.accept()
        far = socket.create_connection(("127.0.0.1", port))
        back = threading.Thread(target=_copy, args=(far, near, []))
        forth = threading.Thread(target=_copy, args=(near, far, parts))
        back.start()
        forth.start()
        with contextlib.suppress(Exception):  # a worker with keys does not answer
            control.describe(2.0)
        control.close()
        context.destroy(linger=0)
        for each in (near, far):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        back.join()
        forth.join()
        near.close()
        far.close()
    assert parts, "the client sent nothing"
    return parts


def _copy(source: socket.socket, sink: socket.socket, parts: list[bytes]) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            parts.append(piece)
            sink.sendall(piece)
