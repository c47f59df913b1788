"""Attack: messages that are none, or of another session, as fast as the worker takes them."""

import contextlib
import random

import zmq

from bench.wire import encode
from bench.wire.messages import Join, Request
from tests.attacks.clock import Until

_IMAGE = bytes(4 * 3 * 32 * 32)


def attack(ports: list[int], until: Until) -> int:
    """Send cut, changed, repeated and foreign messages to both ports; return how many."""
    rng = random.Random(2)  # noqa: S311 - to be repeated, not to be secret
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    sockets = [_connected(context, port) for port in ports]
    count = 0
    while until.not_over:
        for place, port in enumerate(ports):
            socket = sockets[place]
            if socket.poll(10, zmq.POLLOUT):
                with contextlib.suppress(zmq.ZMQError):  # refused in the middle of a message
                    socket.send_multipart(_message(rng), zmq.DONTWAIT)
            else:  # a worker with keys has refused it
                socket.close(linger=0)
                sockets[place] = _connected(context, port)
            count += 1
            while sockets[place].poll(0):
                sockets[place].recv_multipart()
    context.destroy(linger=0)
    return count


def _connected(context: zmq.Context[zmq.Socket[bytes]], port: int) -> zmq.Socket[bytes]:
    socket = context.socket(zmq.DEALER)
    socket.setsockopt(zmq.SNDHWM, 16)
    socket.connect(f"tcp://127.0.0.1:{port}")
    return socket


def _message(rng: random.Random) -> list[bytes]:
    request = Request(
        session="attacker",
        segment=0,
        sequence=rng.randrange(100),
        dtype="float32",
        shape=(1, 3, 32, 32),
    )
    header = encode(rng.choice((request, Join(session="attacker"))))
    kind = rng.randrange(5)
    if kind == 0:
        return [header[: rng.randrange(len(header))], _IMAGE]
    if kind == 1:
        changed = bytearray(header)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return [bytes(changed), _IMAGE]
    if kind == 2:
        return [header, *[b"x"] * rng.randrange(1, 500)]
    if kind == 3:
        return [rng.randbytes(rng.randrange(1, 2000))]
    return [header, _IMAGE]
