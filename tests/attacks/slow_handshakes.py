"""Attack: connections that send their greeting of ZeroMQ byte by byte."""

import contextlib
import socket
import time

from tests.attacks.clock import Until

CONNECTIONS = 200
_GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)


def attack(ports: list[int], until: Until) -> int:
    """Send one byte of each connection at a time; return how many connections were made."""
    count, sockets = 0, list[tuple[socket.socket, int]]()
    while until.not_over:
        while len(sockets) < CONNECTIONS and until.not_over:
            with contextlib.suppress(OSError):
                address = ("127.0.0.1", ports[count % len(ports)])
                sockets.append((socket.create_connection(address, 1), 0))
                count += 1
        kept = []
        for peer, sent in sockets:
            try:
                peer.sendall(_GREETING[sent % len(_GREETING) :][:1])
                kept.append((peer, sent + 1))
            except OSError:  # the worker has closed it
                peer.close()
        sockets = kept
        time.sleep(0.05)
    for peer, _ in sockets:
        peer.close()
    return count
