"""Clocks for the calibration: a virtual one, that of another host, and exact waiting."""

import time
from dataclasses import dataclass

import pandas as pd

from bench.units import NS_PER_S

READING_NS = 20
_PPM = 1_000_000
_SPIN_NS = 300_000


class VirtualClock:
    """A clock that only simulated work advances [ns], and each reading by a little."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        """Read the clock."""
        self.now_ns += READING_NS
        return self.now_ns

    def wait_until(self, at_ns: int) -> None:
        """Advance the clock to ``at_ns``, if it is not later already."""
        self.now_ns = max(self.now_ns, at_ns)


@dataclass(frozen=True, slots=True)
class HostClock:
    """The clock of another host, which has an offset and another rate."""

    ahead_ns: int
    fast_ppm: int

    def shown_ns(self, true_ns: int) -> int:
        """Return the reading of the clock at a true time."""
        return true_ns + true_ns * self.fast_ppm // _PPM + self.ahead_ns

    def true_ns(self, shown_ns: pd.Series) -> pd.Series:
        """Return the true times [ns] of a column of stamps [ns], to a nanosecond."""
        return (shown_ns - self.ahead_ns) / (1 + self.fast_ppm / _PPM)


OTHER_HOST = HostClock(ahead_ns=3600 * NS_PER_S, fast_ppm=200)


def spin_until(end_ns: int) -> None:
    """Keep the processor busy until ``time.perf_counter_ns`` reaches ``end_ns``."""
    while time.perf_counter_ns() < end_ns:
        pass


def wait_until(end_ns: int) -> None:
    """Sleep, and spin for the last 0.3 ms, since a sleep ends late."""
    pause_ns = end_ns - _SPIN_NS - time.perf_counter_ns()
    if pause_ns > 0:
        time.sleep(pause_ns / NS_PER_S)
    spin_until(end_ns)
