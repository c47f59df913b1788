"""Connections of strangers, who have left before a client comes."""

import contextlib
import socket
from collections.abc import Iterator

import psutil

from bench.records import Address
from tests.waiting import wait_until

_COUNT = 20
"""The sockets of a client in this process take some descriptors, and its connection the next."""
_WAIT_S = 20


@contextlib.contextmanager
def strangers_who_left(address: Address) -> Iterator[None]:
    """Connect to a server in this process, and leave: it can use their descriptors again.

    Their own ends stay open until the end of the block, so that nobody gets those.
    """
    before = psutil.Process().num_fds()
    with contextlib.ExitStack() as stack:
        strangers = [
            stack.enter_context(socket.create_connection((address.host, address.port), _WAIT_S))
            for _ in range(_COUNT)
        ]
        wait_until(lambda: psutil.Process().num_fds() >= before + 2 * _COUNT)
        for stranger in strangers:
            stranger.shutdown(socket.SHUT_RDWR)
        wait_until(lambda: psutil.Process().num_fds() == before + _COUNT)
        yield
