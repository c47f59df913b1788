"""An estimate: a point with its interval, level and n, or None.

Too few data give None, or a point without an interval; never a zero that looks measured.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.records import MIN_EFFECT_FRACTION
from bench.units import PERCENT

LEVEL = 0.95
MIN_INTERVAL_BLOCKS = 6
MIN_VERDICT_BLOCKS = 10
MIN_OVERHEAD_BLOCKS = 3
MIN_EFFECT_PERCENT = PERCENT * MIN_EFFECT_FRACTION
"""The effect that matters."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point, its interval at ``level`` (None, None where n is too small), and its n blocks.

    The level is that of the quantile. Where the width of the intervals chose the number of
    blocks it is 96.5 %, so that they cover the truth in 95 % of runs.
    """

    point: float
    low: float | None
    high: float | None
    level: float
    n: int

    def mapped(self, transform: Callable[[float], float]) -> "Estimate":
        """Return the same estimate on another scale; ``transform`` must increase."""
        low, high = (None if end is None else transform(end) for end in (self.low, self.high))
        return replace(self, point=transform(self.point), low=low, high=high)


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most that single requests took; it is not the interval of a mean."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of single requests, with its interval; no number where the data are too few.

    ``n`` requests are as precise as ``effective_size`` independent ones; below
    ``needed_size`` point and interval are None. A bound, or a point, that failed requests make
    infinite is None too.
    """

    probability: float
    point: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    effective_size: float
    needed_size: int
