"""Intervals of one number per block: t intervals, and Hodges-Lehmann against outliers.

The unit of replication is the block. Requests within a block are no replicates.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
from scipy import special

from bench.stats.estimate import LEVEL, MIN_INTERVAL_BLOCKS, Estimate
from bench.stats.loss_scale import LossScale, Values, known_values, logs_of

Interval = tuple[float, float, float]


def mean_interval(
    values: Values, level: float = LEVEL, fewest: int = MIN_INTERVAL_BLOCKS
) -> Interval | None:
    """Return mean and t interval; None without values, or where one of them is not finite.

    Parameters
    ----------
    values : ndarray, float64 [blocks]
        One value per block.
    level : float
        Level of the interval.
    fewest : int
        How many values an interval needs; the bounds are NaN where there are fewer.

    Returns
    -------
    tuple of float, optional
        Mean, lower and upper bound, in the unit of the values.
    """
    if not len(values) or not np.isfinite(values).all():
        return None
    mean = float(values.mean())
    if len(values) < fewest:
        return mean, np.nan, np.nan
    half = t_quantile(len(values), level) * float(values.std(ddof=1)) / np.sqrt(len(values))
    return mean, mean - half, mean + half


def hodges_lehmann(values: Values, level: float = LEVEL) -> Interval | None:
    """Return the median of all pairs' means and its exact signed-rank interval [1]_.

    As :func:`mean_interval` otherwise. 6 is also the least n with such an interval at 95 %.

    Parameters
    ----------
    values : ndarray, float64 [blocks]
        One value per block.
    level : float
        Level of the interval.

    References
    ----------
    .. [1] Hollander, Wolfe, Chicken: Nonparametric Statistical Methods, sections 3.2 and 3.3.
    """
    if not len(values) or not np.isfinite(values).all():
        return None
    first, second = np.triu_indices(len(values))
    walsh = np.sort((values[first] + values[second]) / 2)
    point = float(np.median(walsh))
    if len(values) < MIN_INTERVAL_BLOCKS:
        return point, np.nan, np.nan
    cut = _signed_rank_cut(len(values), (1 - level) / 2)
    return point, float(walsh[cut - 1]), float(walsh[-cut])


def estimate_value(values: pd.Series, level: float = LEVEL) -> Estimate | None:
    """Return the geometric mean of one positive value per block.

    Parameters
    ----------
    values : Series, float64
        The value of each block, in any unit; NaN where a block has none.
    level : float
        Level of the interval.
    """
    logs = logs_of(values)
    return to_estimate(mean_interval(logs, level), np.exp, len(logs), level)


def estimate_mean(
    values: pd.Series, level: float = LEVEL, fewest: int = MIN_INTERVAL_BLOCKS
) -> Estimate | None:
    """Return the mean of one value per block, of a quantity that may be zero or negative.

    Parameters
    ----------
    values : Series, float64
        The value of each block, in any unit; NaN where a block has none.
    level : float
        Level of the interval.
    fewest : int
        How many values an interval needs.
    """
    known = known_values(values)
    return to_estimate(mean_interval(known, level, fewest), float, len(known), level)


def estimate_loss(
    local: pd.Series,
    remote: pd.Series,
    scale: LossScale,
    interval: Callable[[Values, float], Interval | None] = mean_interval,
    level: float = LEVEL,
) -> Estimate | None:
    """Return the percent by which remote is worse, paired by block.

    Parameters
    ----------
    local, remote : Series, float64
        One positive value of an arm per block, both in one unit, indexed by block; a block that
        lacks either does not count.
    scale : LossScale
        Whether more is worse, or less.
    interval : callable
        :func:`mean_interval` or :func:`hodges_lehmann`; applied to the log ratios at ``level``.
    level : float
        Level of the interval.
    """
    logs = scale.log_ratios(local, remote)
    return to_estimate(interval(logs, level), scale.to_percent, len(logs), level)


def mean_p_value(mean: Estimate, expected: float) -> float:
    """Return the two-sided p of "the mean is what is expected", exactly: from its t interval."""
    assert mean.low is not None
    assert mean.high is not None
    half = (mean.high - mean.low) / 2
    distance = abs(mean.point - expected)
    if half == 0:
        return 0.0 if distance else 1.0
    return float(2 * special.stdtr(mean.n - 1, -distance * t_quantile(mean.n, mean.level) / half))


def to_estimate(
    interval: Interval | None, transform: Callable[[float], float], n: int, level: float = LEVEL
) -> Estimate | None:
    """Return an interval on its scale as an estimate on another; ``transform`` must increase.

    Parameters
    ----------
    interval : tuple of float, optional
        Point, lower and upper bound; the bounds are NaN where there is no interval. None gives
        None.
    transform : callable
        Turns a number on the scale of the interval into one on the scale of the estimate.
    n : int
        The number of blocks.
    level : float
        Level of the interval.
    """
    if interval is None:
        return None
    point, low, high = (float(transform(x)) for x in interval)
    if np.isnan(low):
        return Estimate(point=point, low=None, high=None, level=level, n=n)
    return Estimate(point=point, low=low, high=high, level=level, n=n)


@cache
def t_quantile(n: int, level: float = LEVEL) -> float:
    """Return the t quantile of a two-sided interval from ``n`` blocks."""
    return float(special.stdtrit(n - 1, (1 + level) / 2))


@cache
def _signed_rank_cut(n: int, tail: float) -> int:
    """Return how many values W+ can have, from 0 up, whose probability is at most ``tail``."""
    probability = np.ones(1)
    for rank in range(1, n + 1):
        without, with_rank = np.pad(probability, (0, rank)), np.pad(probability, (rank, 0))
        probability = (without + with_rank) / 2
    return int(np.searchsorted(np.cumsum(probability), tail, side="right"))
