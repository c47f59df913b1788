"""The hit rate of an experiment: how many of its runs were hits, and how many should be."""

import math
from typing import NamedTuple

from scipy import stats

from bench.stats.estimate import Estimate

EXACT_RUNS = 1000
COVERAGE = (0.92, 0.98)
_CHANCE = 1e-3
"""How often a small calibration reports a true rate at the edge of its band as outside of it."""


class HitRate(NamedTuple):
    """One experiment: how many of its runs were hits, and the band for that number."""

    name: str
    hits: int
    runs: int
    low: int
    high: int

    @property
    def passed(self) -> bool:
        """Whether the hits lie within the band."""
        return self.low <= self.hits <= self.high

    @property
    def proves(self) -> bool:
        """Whether the hits could be outside the band: not where too few runs had a quantile."""
        return self.low > 0 or self.high < self.runs


def banded(
    name: str, hits: int, runs: int, low: float, high: float, exact_runs: int = EXACT_RUNS
) -> HitRate:
    """Return a hit rate that passes at rates between ``low`` and ``high``.

    With fewer than ``exact_runs`` runs the band is wider: it includes the rates that are likely
    where the true rate is at its edges.

    Parameters
    ----------
    name : str
        What the report calls the experiment.
    hits : int
        Runs that had the result in the name.
    runs : int
        All its runs.
    low, high : float
        The lowest and the highest share of hits among the runs, from 0 to 1.
    exact_runs : int
        With at least this many runs, the band is exactly from ``low`` to ``high``.
    """
    if runs >= exact_runs:
        return HitRate(name, hits, runs, math.ceil(low * runs), math.floor(high * runs))
    fewest = stats.binom.ppf(_CHANCE, runs, low)
    most = stats.binom.ppf(1 - _CHANCE, runs, high)
    return HitRate(name, hits, runs, int(fewest), int(most))


def covers(estimate: Estimate | None, truth: float) -> bool:
    """Return whether an interval, which must be there, covers the truth."""
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= truth <= estimate.high
