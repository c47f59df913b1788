"""p50, p95 and p99 of single requests, and no number where the data cannot carry one.

Requests of a block resemble each other, so that they say less than as many independent ones.
Order statistics that ignore this cover far too seldom, and so does a bootstrap of blocks [1]_.

References
----------
.. [1] METHOD, section 4, with one change, see :func:`quantile`.
"""

import math
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from bench.stats.blocks import Floats, latencies_ns, rows_of
from bench.stats.estimate import LEVEL, Quantile
from bench.stats.intervals import t_quantile

PROBABILITIES = (0.5, 0.95, 0.99)
_ARMS = ("local", "remote")
Cells = dict[tuple[int, int, str], npt.NDArray[np.intp]]


def arm_quantiles(samples: pd.DataFrame) -> dict[tuple[int, int, str], tuple[Quantile, ...]]:
    """Return the latency quantiles [ns] of each batch size, thread count and arm."""
    rows = rows_of(samples, "latency")
    table = samples[["batch_size", "threads", "arm", "block"]].iloc[rows].reset_index(drop=True)
    latency, block = latencies_ns(samples, rows), table.block.to_numpy()
    cells = table.groupby(["batch_size", "threads", "arm"]).indices
    return {
        key: tuple(quantile(latency[places], block[places], p) for p in PROBABILITIES)
        for key, places in cast("Cells", cells).items()
        if key[2] in _ARMS
    }


def quantile(
    values: Floats, blocks: npt.NDArray[np.integer], probability: float, level: float = LEVEL
) -> Quantile:
    """Return a quantile with Woodruff's interval at Korn and Graubard's effective size [1]_ [2]_.

    With n values in R blocks, p_b the share of block b up to the pooled quantile and q the t
    quantile of R - 1 degrees of freedom::

        D(p) = (n / R) Var(p_b) / (p (1 - p))
        deff = max(1, D(p), D(1/2))                      n* = (n / deff) (1.96 / q)^2
        x = p n*    a = BetaInv(.025; x, n* - x + 1)     c = BetaInv(.975; x + 1, n* - x)

    and the interval goes from order statistic floor(a n) to ceil(c n).

    D(1/2) is there because only few blocks say anything about D of a tail. Where blocks differ
    much, a run that missed its slow blocks has a D(p) that is far too small, so that just such a
    run would print a p99: with D(p) alone printed intervals covered 20 to 80 % in scenarios of
    :mod:`bench.stats.calibration`. The resemblance within blocks shows best at the median.

    Parameters
    ----------
    values : ndarray, float64 [n]
        Of single requests; infinite where one failed.
    blocks : ndarray, int [n]
        The block of each.

    References
    ----------
    .. [1] Woodruff: Confidence intervals for medians and other position measures, JASA 1952.
    .. [2] Korn, Graubard: Confidence intervals for proportions with small expected number of
       positive counts estimated from survey data, Survey Methodology 1998.
    """
    n, needed = len(values), needed_size(probability, level)
    ordered = np.sort(values)
    point = _at(ordered, probability)
    effective = _effective_size(values, blocks, ordered, probability, level)
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


def _effective_size(
    values: Floats,
    blocks: npt.NDArray[np.integer],
    ordered: Floats,
    probability: float,
    level: float,
) -> float:
    """Return n*: how many independent values would say as much; 0 from a single block."""
    _, code = np.unique(blocks, return_inverse=True)
    size = np.bincount(code)
    if len(size) == 1:
        return 0.0
    design_effect = 1.0
    for p in (probability, 0.5):
        share = np.bincount(code, values <= _at(ordered, p)) / size
        clustering = len(values) / len(size) * float(share.var(ddof=1)) / (p * (1 - p))
        design_effect = max(design_effect, clustering)
    normal = float(special.ndtri((1 + level) / 2))
    return len(values) / design_effect * (normal / t_quantile(len(size), level)) ** 2


def needed_size(probability: float, level: float = LEVEL) -> int:
    """Return the least n at which n independent values lie on both sides of the quantile.

    ``p^n <= (1 - level) / 2``: 36, 72, 368, 3688 for p90, p95, p99, p99.9 at 95 %.
    """
    beyond = max(probability, 1 - probability)
    return math.ceil(math.log((1 - level) / 2) / math.log(beyond))
