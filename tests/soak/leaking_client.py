"""A client that keeps a descriptor, a thread and four megabytes with each answer."""

import os
import random
import sys
import threading

from bench.codec.spec import Tensor
from bench.measure.remote import RemoteExecutor
from tests.soak import client

_kept: list[object] = []


def make_and_leak(remote: RemoteExecutor, images: Tensor, seconds: float) -> client.Answer:
    """Make requests, and leave something behind."""
    thread = threading.Thread(target=threading.Event().wait, daemon=True)
    thread.start()
    _kept.extend((os.dup(sys.stdin.fileno()), random.randbytes(4 << 20)))  # noqa: S311 - any bytes
    return client.make_requests(remote, images, seconds)


if __name__ == "__main__":
    client.main(sys.argv[1:], make_and_leak)
