"""What two runs are compared by: five metrics, each with one value per block."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from bench.stats.estimate import MIN_INTERVAL_BLOCKS, MIN_OVERHEAD_BLOCKS
from bench.stats.loss_scale import LATENCY, THROUGHPUT, LossScale
from bench.units import NS_PER_MS, PERCENT

Unit = Literal["ms", "images/s", "%"]


class Metric(NamedTuple):
    """One metric of a comparison.

    ``worse`` takes the ``segments`` of :class:`bench.stats.blocks.BlockData`. It gives a value for
    each cell and block, higher where it is worse: the logarithm of a time, which ``scale`` turns
    into percent; or, without one, nanoseconds, which become percent of A's local latency.
    ``value`` is the mean in the metric's unit.
    """

    name: str
    unit: Unit
    worse: Callable[[pd.DataFrame], pd.Series]
    value: Callable[[float], float]
    scale: LossScale | None

    @property
    def fewest(self) -> int:
        """How many blocks an interval needs."""
        return MIN_OVERHEAD_BLOCKS if self.scale is None else MIN_INTERVAL_BLOCKS


def _log(values: pd.DataFrame, column: str, arm: str) -> pd.Series:
    with np.errstate(divide="ignore"):
        return pd.Series(np.log(_of_arm(values, column, arm)))


def _of_arm(values: pd.DataFrame, column: str, arm: str) -> pd.Series:
    arm_values = values.loc[values.index.get_level_values("arm") == arm, column]
    return pd.Series(arm_values.droplevel("arm").dropna())


def _log_ratio(values: pd.DataFrame) -> pd.Series:
    remote, local = (_log(values, "latency_ns", arm) for arm in ("remote", "local"))
    return (remote - local).dropna()


def _overhead_ns(values: pd.DataFrame) -> pd.Series:
    remote, local = (_of_arm(values, "overhead_ns", arm) for arm in ("remote", "local"))
    return (remote - local).dropna()


def _log_to_ms(mean: float) -> float:
    return float(np.exp(mean)) / NS_PER_MS


OVERHEAD, LOCAL = "overhead", "local latency"
OF_A_CLIENT = (OVERHEAD, "remote latency", "remote throughput")
METRICS = (
    Metric(OVERHEAD, "ms", _overhead_ns, lambda mean: mean / NS_PER_MS, None),
    Metric(LOCAL, "ms", lambda values: _log(values, "latency_ns", "local"), _log_to_ms, LATENCY),
    Metric(
        "remote latency",
        "ms",
        lambda values: _log(values, "latency_ns", "remote"),
        _log_to_ms,
        LATENCY,
    ),
    Metric(
        "remote throughput",
        "images/s",
        lambda values: -_log(values, "throughput_ips", "remote"),
        lambda mean: float(np.exp(-mean)),
        THROUGHPUT,
    ),
    Metric("latency loss", "%", _log_ratio, lambda mean: PERCENT * float(np.expm1(mean)), LATENCY),
)
