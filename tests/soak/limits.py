"""What ``make soak`` promises: which figures may grow by how much, and whether they did.

The machine may be busy with other work now and then. So memory and counts are compared by medians,
and of the overhead only the floor is followed, which such work moves least, as a multiple of what
plain TCP takes at the same time.
"""

from collections.abc import Mapping, Sequence
from statistics import mean, median
from typing import NamedTuple

from scipy.stats import theilslopes

from bench.units import PERCENT

DRIFT_PERCENT_MAX = 5.0
GROWTH_PERCENT_MAX = 5.0
LEVEL = 0.95
READINGS_MIN = 3
MB = 1e6
MEMORY, DESCRIPTORS, THREADS = "memory", "descriptors", "threads"
FLOOR = "floor of overhead, of plain TCP"
_SHARE = 10
"""The first one of so many readings is warm-up; as many follow that are compared with the last."""
_GROUPS = 18


class Reading(NamedTuple):
    """What a process has at one moment."""

    memory_bytes: int
    descriptors_count: int
    threads_count: int


class Floor(NamedTuple):
    """The floor of the overhead in one window, that of plain TCP, and when the window ended."""

    at_s: float
    overhead_ns: float
    reference_ns: float


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
    readings: Mapping[str, Sequence[Reading]], floors: Sequence[Floor], client: str
) -> list[Check]:
    """Return the checks of all processes, and last that of the floor.

    Parameters
    ----------
    readings : mapping of str to sequence of Reading
        By process, at least ``READINGS_MIN`` each.
    floors : sequence of Floor
        One for each window, at least ``READINGS_MIN``.
    client : str
        The process that measured them.
    """
    checks = []
    for process, each in readings.items():
        checks += [
            check_memory(process, [reading.memory_bytes for reading in each]),
            check_count(process, DESCRIPTORS, [reading.descriptors_count for reading in each]),
            check_count(process, THREADS, [reading.threads_count for reading in each]),
        ]
    return [*checks, check_drift(client, floors)]


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


def check_drift(client: str, floors: Sequence[Floor]) -> Check:
    """Check that the floor of the overhead is known to have no slope that would matter.

    Neighbouring windows are joined to at most ``_GROUPS`` groups, of which the least floor counts:
    other work raises those of some windows. The slope over the groups after the warm-up is the
    median of those of all pairs (Theil 1950), with the interval of Sen (1968), which takes the
    groups for independent.
    """
    counted = floors[len(floors) // _SHARE :]
    size = -(-len(counted) // _GROUPS)
    groups = [counted[at : at + size] for at in range(0, len(counted) - size + 1, size)]
    at_s = [mean(floor.at_s for floor in group) for group in groups]
    ratios = [min(floor.overhead_ns / floor.reference_ns for floor in group) for group in groups]
    middle = median(ratios)
    wall_s = at_s[-1] - at_s[0]
    slopes = theilslopes(ratios, at_s, alpha=LEVEL)
    percent, low, high = (
        PERCENT * slope * wall_s / middle
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
