"""Two runs compared cell by cell: whether the second became slower, and why.

Four metrics, each its own family of tests, are the fewest that tell the causes apart:

- remote latency and remote throughput are what a client gets;
- local latency is the control: did the machine or the model change, rather than the way there?
- latency loss is remote over local, paired by block: did the way there change? What slows both
  arms alike cancels in it.

The unit of replication is the block, and the two runs are independent samples of blocks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.records import Cell
from bench.stats.estimate import (
    EXPLORATORY,
    LEVEL,
    MIN_INTERVAL_BLOCKS,
    MIN_VERDICT_BLOCKS,
    NOT_MEASURED,
    SLOWER,
    UNDECIDED,
    VERDICTS,
    Estimate,
)
from bench.stats.intervals import t_quantile
from bench.stats.segments import split_cells
from bench.stats.verdict import MIN_EFFECT_PERCENT, decide
from bench.units import NS_PER_MS, PERCENT

Logs = npt.NDArray[np.float64]
Unit = Literal["ms", "images/s", "%"]


class Metric(NamedTuple):
    """What is compared: ``log_time`` is a logarithm of time per block, so that more is worse."""

    name: str
    unit: Unit
    log_time: Callable[[pd.DataFrame], pd.Series]
    value: Callable[[float], float]


class Moments(NamedTuple):
    """What a metric's logs of a cell, one a block, say to a comparison."""

    blocks: int
    mean: float
    variance: float


RunMoments = Mapping[str, Mapping[Cell, Moments]]


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of one cell: its value in both runs, and by how many percent B takes longer.

    ``change_percent`` compares times, per image for throughput, so plus always says that B is
    worse. Of a loss it compares the ratios remote / local, in percent of A's ratio. Its ``n``
    is one more than Welch's degrees of freedom.
    """

    metric: str
    unit: Unit
    cell: Cell
    a: float | None
    b: float | None
    blocks_a: int
    blocks_b: int
    change_percent: Estimate | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes, metric by metric, and the smallest change that counts [percent]."""

    changes: tuple[Change, ...]
    effect_percent: float
    only_a: tuple[Cell, ...]
    only_b: tuple[Cell, ...]

    @property
    def slower(self) -> bool:
        """Whether any cell of any metric is slower in B."""
        return any(change.verdict == SLOWER for change in self.changes)

    def count(self, metric: str) -> dict[str, int]:
        """Return how often a metric got which verdict, in the order of ``VERDICTS``."""
        words = [change.verdict for change in self.changes if change.metric == metric]
        return {word: words.count(word) for word in VERDICTS if word in words}


def _log(values: pd.DataFrame, column: str, arm: str) -> pd.Series:
    mine = values.loc[values.index.get_level_values("arm") == arm, column]
    with np.errstate(divide="ignore"):
        return pd.Series(np.log(mine.droplevel("arm").dropna()))


def _log_ratio(values: pd.DataFrame) -> pd.Series:
    remote, local = (_log(values, "latency_ns", arm) for arm in ("remote", "local"))
    return (remote - local).dropna()


METRICS = (
    Metric(
        "remote latency",
        "ms",
        lambda values: _log(values, "latency_ns", "remote"),
        lambda mean: float(np.exp(mean)) / NS_PER_MS,
    ),
    Metric(
        "remote throughput",
        "images/s",
        lambda values: -_log(values, "throughput_ips", "remote"),
        lambda mean: float(np.exp(-mean)),
    ),
    Metric(
        "local latency",
        "ms",
        lambda values: _log(values, "latency_ns", "local"),
        lambda mean: float(np.exp(mean)) / NS_PER_MS,
    ),
    Metric("latency loss", "%", _log_ratio, lambda mean: PERCENT * float(np.expm1(mean))),
)


def compare_runs(
    values_a: pd.DataFrame, values_b: pd.DataFrame, noise_floors_percent: tuple[float | None, ...]
) -> Comparison:
    """Return what changed from run A to run B in every cell that both have.

    Parameters
    ----------
    values_a, values_b : DataFrame
        One row a cell, block and arm, from :class:`bench.stats.blocks.BlockData`.
    noise_floors_percent : tuple of float or None
        The noise floors of both runs: a change below any of them, or below 2 %, is none.
    """
    return compare_moments(run_moments(values_a), run_moments(values_b), noise_floors_percent)


def run_moments(values: pd.DataFrame) -> dict[str, dict[Cell, Moments]]:
    """Return what a comparison needs of a run, by metric and cell.

    Parameters
    ----------
    values : DataFrame
        As for :func:`compare_runs`.
    """
    return {metric.name: _by_cell(metric.log_time(values)) for metric in METRICS}


def compare_moments(
    a: RunMoments, b: RunMoments, noise_floors_percent: tuple[float | None, ...]
) -> Comparison:
    """Return the comparison of two runs from their moments, of the metrics that both have."""
    cells_a, cells_b = ({cell for found in run.values() for cell in found} for run in (a, b))
    effect = max(MIN_EFFECT_PERCENT, *(floor or 0.0 for floor in noise_floors_percent))
    changes: list[Change] = []
    for metric in METRICS:
        if metric.name not in a or metric.name not in b:
            continue
        of_a, of_b = a[metric.name], b[metric.name]
        drafts = [
            _change(metric, cell, of_a.get(cell, _NONE), of_b.get(cell, _NONE))
            for cell in sorted(cells_a & cells_b)
        ]
        words = decide([draft.change_percent for draft in drafts], effect)
        changes += [_with_verdict(d, word) for d, word in zip(drafts, words, strict=True)]
    return Comparison(
        changes=tuple(changes),
        effect_percent=effect,
        only_a=tuple(sorted(cells_a - cells_b)),
        only_b=tuple(sorted(cells_b - cells_a)),
    )


def welch(a: Moments, b: Moments) -> Estimate | None:
    """Return mean(b) - mean(a) of two independent samples with Welch's interval [1]_.

    The degrees of freedom are rounded down, which never makes the interval narrower. None
    without values; no interval where one sample has fewer than 6.

    References
    ----------
    .. [1] B. L. Welch, "The generalization of Student's problem when several different
       population variances are involved", Biometrika 34 (1947).
    """
    if not a.blocks or not b.blocks:
        return None
    difference = b.mean - a.mean
    if np.isnan(difference):
        return None
    if min(a.blocks, b.blocks) < MIN_INTERVAL_BLOCKS or not np.isfinite(difference):
        return Estimate(difference, None, None, LEVEL, min(a.blocks, b.blocks))
    parts = np.array([a.variance / a.blocks, b.variance / b.blocks])
    weights = (parts / parts.sum()) ** 2 if parts.sum() else np.array([0.25, 0.25])
    freedom = int(1 / float((weights / [a.blocks - 1, b.blocks - 1]).sum()) + 1e-9)
    half = float(t_quantile(freedom + 1) * np.sqrt(parts.sum()))
    return Estimate(difference, difference - half, difference + half, LEVEL, freedom + 1)


_NONE = Moments(0, np.nan, np.nan)


def moments(logs: Logs) -> Moments:
    """Return number, mean and variance; the variance is NaN where there is none."""
    mean = float(logs.mean())
    spread = len(logs) > 1 and np.isfinite(mean)
    return Moments(len(logs), mean, float(logs.var(ddof=1)) if spread else np.nan)


def _by_cell(logs: pd.Series) -> dict[Cell, Moments]:
    return {cell: moments(np.asarray(each, float)) for cell, each in split_cells(logs)}


def _change(metric: Metric, cell: Cell, a: Moments, b: Moments) -> Change:
    found = welch(a, b)
    return Change(
        metric=metric.name,
        unit=metric.unit,
        cell=cell,
        a=metric.value(a.mean) if a.blocks else None,
        b=metric.value(b.mean) if b.blocks else None,
        blocks_a=a.blocks,
        blocks_b=b.blocks,
        change_percent=None if found is None else _in_percent(found),
        verdict="",
    )


def _in_percent(found: Estimate) -> Estimate:
    with np.errstate(over="ignore"):
        point, low, high = (
            None if end is None else PERCENT * float(np.expm1(end))
            for end in (found.point, found.low, found.high)
        )
    assert point is not None
    return Estimate(point, low, high, found.level, found.n)


def _with_verdict(draft: Change, word: str) -> Change:
    fewest = min(draft.blocks_a, draft.blocks_b)
    if not fewest:
        word = NOT_MEASURED
    elif fewest < MIN_INTERVAL_BLOCKS:
        word = EXPLORATORY
    elif fewest < MIN_VERDICT_BLOCKS:
        word = UNDECIDED
    return replace(draft, verdict=word)
