"""From an interval to a word, with one family of tests for all cells of a metric."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from bench.stats.estimate import (
    EQUIVALENT,
    FASTER,
    LEVEL,
    SLOWER,
    SMALL,
    UNDECIDED,
    Estimate,
)
from bench.stats.intervals import LATENCY, LossScale, t_quantile

MIN_EFFECT_PERCENT = 2.0


def decide(
    losses: Sequence[Estimate | None],
    noise_floor_percent: float | None,
    scale: LossScale = LATENCY,
) -> list[str]:
    """Return a verdict for each loss; the false-discovery rate is held over all of them.

    A difference below ``max(2 %, noise floor)`` is not called one. ``slower`` and ``faster`` need
    the whole interval beyond it and a Benjamini-Hochberg adjusted p below 5 %.
    """
    effect = max(MIN_EFFECT_PERCENT, noise_floor_percent or 0.0)
    tested = [e for e in losses if e is not None and e.low is not None]
    adjusted = iter(
        stats.false_discovery_control([p_value(e, scale) for e in tested])
        if tested
        else np.empty(0)
    )
    return [
        UNDECIDED
        if e is None or e.low is None or e.high is None
        else _word(e.low, e.high, float(next(adjusted)), effect)
        for e in losses
    ]


def p_value(loss: Estimate, scale: LossScale) -> float:
    """Return the two-sided p of "no loss", exactly: on the log scale of its t interval."""
    assert loss.low is not None
    assert loss.high is not None
    point, low, high = (scale.to_log(x) for x in (loss.point, loss.low, loss.high))
    half = (high - low) / 2
    if half == 0:
        return 0.0 if point else 1.0
    return float(2 * stats.t.sf(abs(point) * t_quantile(loss.n, loss.level) / half, loss.n - 1))


def _word(low: float, high: float, p_value: float, effect: float) -> str:
    if -effect < low and high < effect:
        return EQUIVALENT
    if p_value >= 1 - LEVEL:
        return UNDECIDED
    if low > effect:
        return SLOWER
    if high < -effect:
        return FASTER
    return SMALL if low > 0 or high < 0 else UNDECIDED
