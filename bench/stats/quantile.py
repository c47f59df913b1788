"""p50, p95 and p99 of single requests, and no number where the data are too few.

Requests of a block resemble each other, so that they are less precise than independent ones.
Order statistics that ignore this cover far too seldom, and so does a bootstrap of blocks [1]_.

References
----------
.. [1] METHOD, section 4, with one change, see :func:`quantiles`.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from bench.stats.columns import Floats
from bench.stats.estimate import LEVEL, Quantile
from bench.stats.intervals import t_quantile

PROBABILITIES = (0.5, 0.95, 0.99)


def quantiles(
    blocks: Sequence[Floats],
    probabilities: Sequence[float] = PROBABILITIES,
    level: float = LEVEL,
) -> tuple[Quantile, ...]:
    """Return quantiles with Woodruff's interval at Korn and Graubard's effective size [1]_ [2]_.

    With n values in R blocks, p_b the share of block b up to the pooled quantile and q the t
    quantile of R - 1 degrees of freedom::

        D(p) = (n / R) Var(p_b) / (p (1 - p))
        deff = max(1, D(p), D(1/2))                      n* = (n / deff) (1.96 / q)^2
        x = p n*    a = BetaInv(.025; x, n* - x + 1)     c = BetaInv(.975; x + 1, n* - x)

    and the interval goes from order statistic floor(a n) to ceil(c n).

    D(1/2) is included because only few blocks have values in a tail. Where blocks differ much, a
    run that missed its slow blocks has a D(p) that is far too small, and would print a wrong p99:
    with D(p) alone printed intervals covered 20 to 80 % in scenarios of
    :mod:`bench.calibration.formula_trials`. The resemblance within blocks is best measured at the
    median.

    Parameters
    ----------
    blocks : sequence of ndarray, float64 [requests]
        The latencies of the single requests of each block [ns]; infinite where one failed.
    probabilities : sequence of float
        Which quantiles, each above 0 and below 1.
    level : float
        Level of the intervals.

    References
    ----------
    .. [1] Woodruff: Confidence intervals for medians and other position measures, JASA 1952.
    .. [2] Korn, Graubard: Confidence intervals for proportions with small expected number of
       positive counts estimated from survey data, Survey Methodology 1998.
    """
    pooled = np.concatenate(blocks)
    sizes, ordered = np.array([len(block) for block in blocks]), np.sort(pooled)
    begins = np.cumsum(sizes) - sizes

    def clustering(p: float) -> float:
        share = np.add.reduceat(pooled <= _at(ordered, p), begins, dtype=float) / sizes
        return float(len(pooled) / len(sizes) * share.var(ddof=1) / (p * (1 - p)))

    if len(sizes) == 1:  # one block does not show how blocks differ
        return tuple(_quantile(ordered, p, 0.0, level) for p in probabilities)
    normal = float(special.ndtri((1 + level) / 2))
    most = len(pooled) * (normal / t_quantile(len(sizes), level)) ** 2
    middle = max(1.0, clustering(0.5))
    return tuple(
        _quantile(ordered, p, most / max(middle, clustering(p)), level) for p in probabilities
    )


def _quantile(ordered: Floats, probability: float, effective: float, level: float) -> Quantile:
    n, needed, point = len(ordered), needed_size(probability, level), _at(ordered, probability)
    if effective < needed or math.isinf(point):
        return Quantile(probability, None, None, None, level, n, effective, needed)
    hits, tail = probability * effective, (1 - level) / 2
    low = float(special.betaincinv(hits, effective - hits + 1, tail))
    high = float(special.betaincinv(hits + 1, effective - hits, 1 - tail))
    last = float(ordered[min(n, math.ceil(high * n)) - 1])
    return Quantile(
        probability,
        point,
        float(ordered[max(1, math.floor(low * n)) - 1]),
        None if math.isinf(last) else last,
        level,
        n,
        effective,
        needed,
    )


def _at(ordered: Floats, probability: float) -> float:
    """Return the least value that a share of at least ``probability`` does not exceed."""
    return float(ordered[max(1, math.ceil(probability * len(ordered) - 1e-9)) - 1])


def needed_size(probability: float, level: float = LEVEL) -> int:
    """Return the least n at which n independent values lie on both sides of the quantile.

    ``p^n <= (1 - level) / 2``: 36, 72, 368, 3688 for p90, p95, p99, p99.9 at 95 %.
    """
    beyond = max(probability, 1 - probability)
    return math.ceil(math.log((1 - level) / 2) / math.log(beyond))
