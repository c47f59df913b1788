"""Ctrl-C, SIGTERM and SIGHUP end a command, also where a library hides the exception.

A handler raises KeyboardInterrupt in whatever runs. NumPy and pandas raise another exception in
its place in some of their functions, and msgspec drops it in ``convert``.
"""

import contextlib
import signal
from collections.abc import Iterator

from bench.errors import Interrupted

_ENDING_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_received: list[int] = []


def handle_signals() -> None:
    """Let each ending signal raise KeyboardInterrupt from now on, where it is not ignored."""
    for name in _ENDING_SIGNALS:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        ends_now = (signal.SIG_DFL, signal.default_int_handler)
        if number is not None and signal.getsignal(number) in ends_now:
            signal.signal(number, _interrupt)


def raise_if_interrupted() -> None:
    """Raise KeyboardInterrupt if an ending signal has been received, also a hidden one."""
    if _received:
        raise KeyboardInterrupt


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let the context end with KeyboardInterrupt, or Interrupted, after each ending signal."""
    try:
        yield
    except Interrupted:
        raise
    except Exception:
        raise_if_interrupted()
        raise
    raise_if_interrupted()


def _interrupt(number: int, _frame: object) -> None:
    _received.append(number)
    raise KeyboardInterrupt
