"""Attack: peers that speak HTTP, TLS, SSH or nothing known to both ports."""

import contextlib
import random
import socket

from tests.attacks.clock import Until

_TLS_HELLO = bytes.fromhex("16030100f8010000f40303") + bytes(240)
_GREETINGS = (
    b"GET / HTTP/1.1\r\nHost: worker\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n" + b"a" * 100_000,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    _TLS_HELLO,
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"\xff" + bytes(8) + b"\x7f\x03" + b"EVIL" + bytes(100),  # a greeting of ZeroMQ, then nonsense
    b"\xff" * 70_000,
    b"",
)


def attack(ports: list[int], until: Until) -> int:
    """Connect and send one of the greetings, again and again; return how often."""
    rng, count = random.Random(1), 0  # noqa: S311 - to be repeated, not to be secret
    while until.not_over:
        for port in ports:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", port), 1) as s,
            ):
                s.settimeout(0.05)
                s.sendall(rng.choice(_GREETINGS) + rng.randbytes(rng.choice((0, 0, 300))))
                s.recv(1000)
            count += 1
    return count
