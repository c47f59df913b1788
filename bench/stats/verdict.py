"""The verdict on an interval, with one family of tests for all cells of a metric."""

from collections.abc import Callable, Sequence

import numpy as np

from bench.stats.estimate import LEVEL, MIN_EFFECT_PERCENT, Estimate
from bench.stats.intervals import mean_p_value
from bench.stats.loss_scale import LATENCY, LossScale
from bench.stats.verdict_words import EQUIVALENT, FASTER, SLOWER, SMALL, UNDECIDED


def decide(
    losses: Sequence[Estimate | None],
    noise_floor_percent: float | None,
    scale: LossScale = LATENCY,
) -> list[str]:
    """Return a verdict for each loss; the false-discovery rate is limited over all of them.

    A difference below ``max(2 %, noise floor)`` is not called one. ``slower`` and ``faster`` need
    the whole interval beyond it and a Benjamini-Hochberg adjusted p below 5 %.

    Parameters
    ----------
    losses : sequence of Estimate or None
        The losses of all cells by one metric [percent]; None where a cell has none.
    noise_floor_percent : float, optional
        A smaller difference may be noise [percent]; None where it is not known.
    scale : LossScale
        That of the metric.
    """
    effect = max(MIN_EFFECT_PERCENT, noise_floor_percent or 0.0)
    return _decide(losses, lambda loss: p_value(loss, scale), effect)


def decide_shares(changes: Sequence[Estimate | None]) -> list[str]:
    """Return a verdict for each change in percent of a known time; as :func:`decide` otherwise.

    A change that may be smaller than what matters is ``undecided``.
    """
    words = _decide(changes, lambda change: mean_p_value(change, 0.0), MIN_EFFECT_PERCENT)
    return [UNDECIDED if word == SMALL else word for word in words]


def _decide(
    estimates: Sequence[Estimate | None], p_of: Callable[[Estimate], float], effect: float
) -> list[str]:
    tested = [e for e in estimates if e is not None and e.low is not None]
    adjusted = iter(adjusted_p_values([p_of(e) for e in tested]))
    return [
        UNDECIDED
        if e is None or e.low is None or e.high is None
        else _word(e.low, e.high, next(adjusted), effect)
        for e in estimates
    ]


def p_value(loss: Estimate, scale: LossScale) -> float:
    """Return the two-sided p of "no loss", exactly: on the log scale of its t interval."""
    return mean_p_value(loss.mapped(scale.to_log), 0.0)


def adjusted_p_values(p_values: Sequence[float]) -> list[float]:
    """Return Benjamini and Hochberg's adjusted p-values, in the same order [1]_.

    The same as :func:`scipy.stats.false_discovery_control`; but importing ``scipy.stats`` takes
    longer than reading the rows of a run.

    References
    ----------
    .. [1] Benjamini, Hochberg: Controlling the false discovery rate, JRSS B 57 (1995).
    """
    p = np.array(p_values, dtype=np.float64)
    largest_first = np.argsort(p)[::-1]
    rank = np.arange(len(p), 0, -1)
    p[largest_first] = np.minimum.accumulate(p[largest_first] * (len(p) / rank))
    return [float(value) for value in np.minimum(p, 1)]


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
