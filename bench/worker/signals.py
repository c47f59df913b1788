"""Signals that end a worker, as a socket that a poll can wait for."""

import contextlib
import signal
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def stop_signals() -> Iterator[socket.socket]:
    """Give a socket that becomes readable with SIGTERM, SIGHUP or SIGINT.

    An exception from a handler would be lost where a signal comes just before a poll begins.
    """
    receiver, sender = socket.socketpair()
    with receiver, sender:
        sender.setblocking(False)
        numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
        old_handlers = {s: signal.signal(s, lambda *_: None) for s in numbers}
        descriptor = signal.set_wakeup_fd(sender.fileno())
        try:
            yield receiver
        finally:
            signal.set_wakeup_fd(descriptor)
            for number, handler in old_handlers.items():
                signal.signal(number, handler)
