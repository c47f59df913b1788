"""Attack: clients that ask for a compute process, or for the worker's facts, and leave at once."""

import contextlib

import msgspec
import zmq

from bench.wire import encode
from bench.wire.messages import Describe, Join, Leave, Message
from tests.attacks.clock import Until
from tests.benchmarks.roundtrip import HELLO

_HELLO = msgspec.structs.replace(HELLO, client="attacker")


def attack(ports: list[int], until: Until) -> int:
    """Connect, send one message and leave, again and again; return how often."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    messages: list[Message] = [
        _HELLO,
        Describe(),
        Leave(client="attacker"),
        Join(session="attacker"),
        _HELLO,
    ]
    count = 0
    while until.not_over:
        socket = context.socket(zmq.DEALER)
        socket.setsockopt(zmq.LINGER, 20)
        socket.connect(f"tcp://127.0.0.1:{ports[count % len(ports)]}")
        with contextlib.suppress(zmq.Again):  # refused already: a socket without a peer
            socket.send(encode(messages[count % len(messages)]), zmq.DONTWAIT)
        socket.poll(5)
        socket.close()
        count += 1
    context.destroy(linger=0)
    return count
