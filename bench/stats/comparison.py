"""Two runs compared cell by cell: whether the second became slower, and why.

Five metrics, each its own family of tests, separate the causes:

- overhead is the time of a remote request without computing: did link or worker host change?
- local latency is the control: did the machine or the model change?
- remote latency and remote throughput are what a client gets;
- latency loss is remote over local, paired by block. What slows both arms alike cancels in it.

The unit of replication is the block, and the two runs are independent samples of blocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.records import Cell
from bench.stats.estimate import (
    LEVEL,
    MIN_EFFECT_PERCENT,
    MIN_INTERVAL_BLOCKS,
    MIN_VERDICT_BLOCKS,
    Estimate,
)
from bench.stats.intervals import t_quantile
from bench.stats.metrics import LOCAL, METRICS, OF_A_CLIENT, Metric, Unit
from bench.stats.segments import split_cells
from bench.stats.verdict import decide, decide_shares
from bench.stats.verdict_words import EXPLORATORY, NOT_MEASURED, SLOWER, UNDECIDED, VERDICTS
from bench.units import PERCENT, ns_to_ms

Logs = npt.NDArray[np.float64]


class Moments(NamedTuple):
    """Number, mean and variance of a metric's values of a cell, one per block."""

    blocks: int
    mean: float
    variance: float


RunMoments = Mapping[str, Mapping[Cell, Moments]]


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of one cell: its value in both runs, and by how many percent B is worse.

    ``change_percent`` is a loss by the metric's own scale: of a latency 100 (B/A - 1), of a
    throughput 100 (1 - B/A), of a loss the same of the ratios remote / local, and of an overhead
    the difference in percent of A's local latency. ``change_ms`` is the difference of the
    overheads. The ``n`` of both is one more than Welch's degrees of freedom.
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
    change_ms: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes, metric by metric, and the smallest change that counts [percent]."""

    changes: tuple[Change, ...]
    effect_percent: float
    only_a: tuple[Cell, ...]
    only_b: tuple[Cell, ...]

    @property
    def slower(self) -> bool:
        """Whether B is slower in any cell for a client: its overhead, latency or throughput."""
        return any(c.verdict == SLOWER and c.metric in OF_A_CLIENT for c in self.changes)

    @property
    def local_change_percent(self) -> float | None:
        """By how much local latency grew, in the median of the common cells."""
        points = [
            change.change_percent.point
            for change in self.changes
            if change.metric == LOCAL and change.change_percent is not None
        ]
        return float(np.median(points)) if points else None

    def count(self, metric: str) -> dict[str, int]:
        """Return how often a metric got which verdict, in the order of ``VERDICTS``."""
        words = [change.verdict for change in self.changes if change.metric == metric]
        return {word: words.count(word) for word in VERDICTS if word in words}


def compare_runs(
    values_a: pd.DataFrame, values_b: pd.DataFrame, noise_floors_percent: tuple[float | None, ...]
) -> Comparison:
    """Return what changed from run A to run B in every cell that both have.

    Parameters
    ----------
    values_a, values_b : DataFrame
        The ``segments`` of :class:`bench.stats.blocks.BlockData`: one row per cell, block and arm.
    noise_floors_percent : tuple of float or None
        The noise floors of both runs [percent]: a change below any of them, or below 2 %, is none.
        For the overhead only the 2 % count.
    """
    return compare_moments(run_moments(values_a), run_moments(values_b), noise_floors_percent)


def run_moments(values: pd.DataFrame) -> dict[str, dict[Cell, Moments]]:
    """Return what a comparison needs of a run, by metric and cell.

    Parameters
    ----------
    values : DataFrame
        As for :func:`compare_runs`.
    """
    return {metric.name: _by_cell(metric.worse(values)) for metric in METRICS}


def compare_moments(
    a: RunMoments, b: RunMoments, noise_floors_percent: tuple[float | None, ...]
) -> Comparison:
    """Return the comparison of two runs from their moments, of the metrics that both have.

    Parameters
    ----------
    a, b : mapping of str to mapping of Cell to Moments
        The moments of a run by metric and cell, from :func:`run_moments`.
    noise_floors_percent : tuple of float or None
        As for :func:`compare_runs`.
    """
    cells_a, cells_b = (
        {cell for moments_by_cell in run.values() for cell in moments_by_cell} for run in (a, b)
    )
    effect = max(MIN_EFFECT_PERCENT, *(floor or 0.0 for floor in noise_floors_percent))
    changes: list[Change] = []
    for metric in METRICS:
        if metric.name in a and metric.name in b:
            local = a.get(LOCAL, {})
            drafts = [
                _change(metric, cell, a[metric.name], b[metric.name], local.get(cell, _NONE))
                for cell in sorted(cells_a & cells_b)
            ]
            percents = [draft.change_percent for draft in drafts]
            words = (
                decide_shares(percents)
                if metric.scale is None
                else decide(percents, effect, metric.scale)
            )
            changes += [
                _with_verdict(draft, word, metric)
                for draft, word in zip(drafts, words, strict=True)
            ]
    return Comparison(
        changes=tuple(changes),
        effect_percent=effect,
        only_a=tuple(sorted(cells_a - cells_b)),
        only_b=tuple(sorted(cells_b - cells_a)),
    )


def welch(a: Moments, b: Moments, fewest: int = MIN_INTERVAL_BLOCKS) -> Estimate | None:
    """Return mean(b) - mean(a) of two independent samples with Welch's interval [1]_.

    The degrees of freedom are rounded down, which never makes the interval narrower. None
    without values; no interval where one sample has fewer than ``fewest``.

    Parameters
    ----------
    a, b : Moments
        Those of the two samples.
    fewest : int
        How many values each sample needs for an interval.

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
    if min(a.blocks, b.blocks) < fewest or not np.isfinite(difference):
        return Estimate(difference, None, None, LEVEL, min(a.blocks, b.blocks))
    parts = np.array([a.variance / a.blocks, b.variance / b.blocks])
    weights = (parts / parts.sum()) ** 2 if parts.sum() else np.array([0.25, 0.25])
    freedom = int(1 / float((weights / [a.blocks - 1, b.blocks - 1]).sum()) + 1e-9)
    half = float(t_quantile(freedom + 1) * np.sqrt(parts.sum()))
    return Estimate(difference, difference - half, difference + half, LEVEL, freedom + 1)


_NONE = Moments(0, np.nan, np.nan)


def moments(logs: Logs) -> Moments:
    """Return number, mean and variance; the variance is NaN where there is none.

    Parameters
    ----------
    logs : ndarray, float64 [blocks]
        One value per block, at least one: logarithms, or differences of overheads [ns].
    """
    mean = float(logs.mean())
    spread = len(logs) > 1 and np.isfinite(mean)
    return Moments(len(logs), mean, float(logs.var(ddof=1)) if spread else np.nan)


def _by_cell(logs: pd.Series) -> dict[Cell, Moments]:
    return {cell: moments(np.asarray(each, float)) for cell, each in split_cells(logs)}


def _change(
    metric: Metric,
    cell: Cell,
    of_a: Mapping[Cell, Moments],
    of_b: Mapping[Cell, Moments],
    local_a: Moments,
) -> Change:
    a, b = of_a.get(cell, _NONE), of_b.get(cell, _NONE)
    difference = welch(a, b, metric.fewest)
    change = Change(
        metric=metric.name,
        unit=metric.unit,
        cell=cell,
        a=metric.value(a.mean) if a.blocks else None,
        b=metric.value(b.mean) if b.blocks else None,
        blocks_a=a.blocks,
        blocks_b=b.blocks,
        change_percent=None,
        verdict="",
    )
    if difference is None:
        return change
    if metric.scale is not None:
        with np.errstate(over="ignore"):
            return replace(change, change_percent=difference.mapped(metric.scale.to_percent))
    local_ns = float(np.exp(local_a.mean))
    return replace(
        change,
        change_ms=difference.mapped(ns_to_ms),
        change_percent=difference.mapped(lambda ns: PERCENT * ns / local_ns),
    )


def _with_verdict(draft: Change, word: str, metric: Metric) -> Change:
    fewest = min(draft.blocks_a, draft.blocks_b)
    if not fewest:
        word = NOT_MEASURED
    elif fewest < metric.fewest:
        word = EXPLORATORY
    elif fewest < MIN_VERDICT_BLOCKS and metric.scale is not None:
        word = UNDECIDED
    return replace(draft, verdict=word)
