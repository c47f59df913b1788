"""How the log ratio of two arms is a loss in percent, and when such a loss is imprecise."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.records import MIN_EFFECT_FRACTION
from bench.stats.estimate import Estimate
from bench.units import PERCENT

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LossScale:
    """How the log ratio of the arms becomes a loss in percent, and back.

    ``sign`` is 1 where more is worse (latency) and -1 where less is (throughput). With
    ``d = sign (ln remote - ln local)``, the loss is ``sign 100 (exp(sign d) - 1)`` [1]_.

    References
    ----------
    .. [1] METHOD, section 4.
    """

    sign: int

    def log_ratios(self, local: pd.Series, remote: pd.Series) -> Values:
        """Return ``d`` of each block that has both, float64 [blocks].

        Parameters
        ----------
        local, remote : Series, float64
            One positive value of an arm per block, both in one unit, indexed by block.
        """
        return self.sign * logs_of(remote / local)

    def to_percent(self, log_ratio: float) -> float:
        """Return the loss that a log ratio is [percent]."""
        return self.sign * PERCENT * float(np.expm1(self.sign * log_ratio))

    def to_log(self, percent: float) -> float:
        """Return the log ratio that a loss is."""
        return self.sign * float(np.log1p(self.sign * percent / PERCENT))


LATENCY = LossScale(1)
THROUGHPUT = LossScale(-1)


def is_imprecise(loss: Estimate | None, scale: LossScale = LATENCY) -> bool:
    """Return whether the half-width of a loss's interval, on its log scale, is above 2 %."""
    if loss is None or loss.low is None or loss.high is None:
        return False
    with np.errstate(divide="ignore", invalid="ignore"):  # an end may be infinite
        return (scale.to_log(loss.high) - scale.to_log(loss.low)) / 2 > MIN_EFFECT_FRACTION


def known_values(values: pd.Series) -> Values:
    """Return the values that are not missing, float64 [values], in their order and unit."""
    numbers = values.to_numpy(dtype=np.float64)
    known: Values = numbers[~np.isnan(numbers)]
    return known


def logs_of(values: pd.Series) -> Values:
    """Return the logarithms of the values that are not missing, float64 [values]."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs: Values = np.log(known_values(values))
    return logs
