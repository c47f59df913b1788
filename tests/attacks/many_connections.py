"""Attack: thousands of connections to both ports at once, which say nothing."""

import contextlib
import resource
import socket
import time

from tests.attacks.clock import Until

CONNECTIONS = 4_000


def attack(ports: list[int], until: Until) -> int:
    """Open connections and keep them until the time is over; return how many were open at once."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with contextlib.ExitStack() as stack:
        count = 0
        while until.not_over:
            if count == CONNECTIONS:
                time.sleep(0.05)
                continue
            with contextlib.suppress(OSError):
                address = ("127.0.0.1", ports[count % len(ports)])
                stack.enter_context(socket.create_connection(address, 1))
                count += 1
        return count
