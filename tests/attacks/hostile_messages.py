"""Attack: messages that are none, or of another session, as fast as the worker takes them."""

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
    sockets = []
    for port in ports:
        socket = context.socket(zmq.DEALER)
        socket.setsockopt(zmq.SNDHWM, 16)
        socket.connect(f"tcp://127.0.0.1:{port}")
        sockets.append(socket)
    count = 0
    while until.not_over:
        for socket in sockets:
            if socket.poll(10, zmq.POLLOUT):
                socket.send_multipart(_message(rng), zmq.DONTWAIT)
                count += 1
            while socket.poll(0):
                socket.recv_multipart()
    context.destroy(linger=0)
    return count


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
