"""What ``make soak`` promises: which figures may grow by how much, and whether they did.

The machine may be busy with other work now and then, and becomes slower or faster with its host. So
memory and counts are compared by medians, and the overhead of the old session with those of fresh
ones, in turns: what moves both alike is no drift.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from scipy.stats import theilslopes

from bench.units import PERCENT

DRIFT_PERCENT_MAX = 5.0
GROWTH_PERCENT_MAX = 5.0
LEVEL = 0.95
READINGS_MIN = 3
MB = 1e6
MEMORY, DESCRIPTORS, THREADS = "memory", "descriptors", "threads"
FLOOR = "floor of overhead, of a fresh session's"
_SHARE = 10
"""The first one of so many readings is warm-up; as many follow that are compared with the last."""


class Reading(NamedTuple):
    """What a process has at one moment."""

    memory_bytes: int
    descriptors_count: int
    threads_count: int


class Turns(NamedTuple):
    """Floors of the overheads of the old session and a fresh one, a pair for each turn of both."""

    at_s: float
    old_ns: Sequence[float]
    fresh_ns: Sequence[float]

    @property
    def ratio(self) -> float:
        """How many times the floor of the fresh session that of the old one is."""
        pairs = zip(self.old_ns, self.fresh_ns, strict=True)
        return median(old_ns / fresh_ns for old_ns, fresh_ns in pairs)


class Check(NamedTuple):
    """A figure of a process after the warm-up and at the end, and whether its limit is kept."""

    process: str
    figure: str
    first: float
    last: float
    unit: str
    change: str
    limit: str
    kept: bool


def check_all(
    readings: Mapping[str, Sequence[Reading]], turns: Sequence[Turns], client: str
) -> list[Check]:
    """Return the checks of all processes, and last that of the floor.

    Parameters
    ----------
    readings : mapping of str to sequence of Reading
        By process, at least ``READINGS_MIN`` each.
    turns : sequence of Turns
        One for each fresh session, at least ``READINGS_MIN``.
    client : str
        The process of the old session.
    """
    checks = []
    for process, each in readings.items():
        checks += [
            check_memory(process, [reading.memory_bytes for reading in each]),
            check_count(process, DESCRIPTORS, [reading.descriptors_count for reading in each]),
            check_count(process, THREADS, [reading.threads_count for reading in each]),
        ]
    return [*checks, check_drift(client, turns)]


def check_memory(process: str, values_bytes: Sequence[int]) -> Check:
    """Check that the last tenth has hardly more memory than the tenth after the warm-up."""
    first, last = (value / MB for value in _ends(values_bytes))
    percent = PERCENT * (last / first - 1)
    kept = percent < GROWTH_PERCENT_MAX
    limit = f"below {GROWTH_PERCENT_MAX:g} %"
    return Check(process, MEMORY, first, last, "MB", f"{percent:+.2f} %", limit, kept)


def check_count(process: str, figure: str, counts: Sequence[int]) -> Check:
    """Check that the last tenth has no more of something than the tenth after the warm-up.

    Parameters
    ----------
    process, figure : str
        What has how many of what.
    counts : sequence of int
        One for each reading.
    """
    first, last = _ends(counts)
    change = last - first
    return Check(process, figure, first, last, "", f"{change:+g}", "none more", change <= 0)


def check_drift(client: str, turns: Sequence[Turns]) -> Check:
    """Check that the old session's overhead is known to keep its ratio to that of fresh ones.

    The slope of the ratio over the turns after the warm-up is the median of those of all pairs
    (Theil 1950), with the interval of Sen (1968), which takes the turns for independent: each has
    its own fresh session.
    """
    counted = turns[len(turns) // _SHARE :]
    at_s = [each.at_s for each in counted]
    ratios = [each.ratio for each in counted]
    wall_s = at_s[-1] - at_s[0]
    slopes = theilslopes(ratios, at_s, alpha=LEVEL)
    percent, low, high = (
        PERCENT * slope * wall_s / median(ratios)
        for slope in (slopes.slope, slopes.low_slope, slopes.high_slope)
    )
    first = slopes.intercept + slopes.slope * at_s[0]
    return Check(
        process=client,
        figure=FLOOR,
        first=float(first),
        last=float(first + slopes.slope * wall_s),
        unit="times",
        change=f"{percent:+.2f} % [{low:+.2f}, {high:+.2f}]",
        limit=f"interval within ±{DRIFT_PERCENT_MAX:g} %",
        kept=bool(low > -DRIFT_PERCENT_MAX and high < DRIFT_PERCENT_MAX),
    )


def _ends(values: Sequence[int]) -> tuple[float, float]:
    """Return the medians of the tenth of values after the warm-up, and of the last tenth."""
    assert len(values) >= READINGS_MIN, "too few readings"
    count = max(1, len(values) // _SHARE)
    return median(values[count : 2 * count]), median(values[-count:])
