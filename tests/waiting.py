"""Waiting for something that comes, or failing."""

import time
from collections.abc import Callable


def wait_until(
    condition: Callable[[], object], *, timeout_s: float = 60, pause_s: float = 0.01
) -> None:
    """Return once a condition holds; fail if it does not in time."""
    give_up = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up, f"it does not come within {timeout_s:g} s"
        time.sleep(pause_s)
