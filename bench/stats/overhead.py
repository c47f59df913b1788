"""The overhead of remote requests, and whether the worker computes as fast as local [1]_.

A loss compares two long times, whose noise is that of the host. The overhead of a request, which
is its latency without computing, is a sum of differences of one clock each, and far more precise.

References
----------
.. [1] METHOD, section 4b.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bench.records import Cell
from bench.stats.cells import Overhead
from bench.stats.columns import Floats
from bench.stats.estimate import (
    LEVEL,
    MIN_EFFECT_PERCENT,
    MIN_OVERHEAD_BLOCKS,
    MIN_VERDICT_BLOCKS,
    Estimate,
)
from bench.stats.intervals import (
    estimate_mean,
    estimate_value,
    mean_interval,
    mean_p_value,
    to_estimate,
)
from bench.stats.loss_scale import LATENCY
from bench.stats.pooled import pooled_name
from bench.stats.verdict import adjusted_p_values
from bench.stats.verdict_words import ABOUT, COSTS, EXPLORATORY, NEGLIGIBLE, NOT_MEASURED, UNDECIDED
from bench.units import PERCENT

ABOUT_PERCENT = 0.5
"""An interval that crosses the effect is ``about 2 %`` if its half-width is at most this."""
_TRIMMED_FRACTION = 3 / 14
"""A pooled figure leaves out this fraction of the cells of a block at each end."""
Arms = Mapping[str, pd.DataFrame]


def estimate_overhead(local: pd.DataFrame, remote: pd.DataFrame, level: float = LEVEL) -> Overhead:
    """Return the overhead of a cell.

    With O_b the difference of the arms' median overheads in block b, the interval is the plain t
    interval of mean(O_b): it covers the median request where a mean of requests, or a bootstrap,
    does not. Dividing by the local latency of the run, and not block by block, keeps the noise of
    the host out of it.

    Parameters
    ----------
    local, remote : DataFrame
        Columns of :func:`bench.stats.blocks.reduce_blocks` of an arm, indexed by block.
    level : float
        Level of the intervals.
    """
    differences_ns = block_overheads(local, remote)
    overhead_ns = estimate_mean(differences_ns, level, MIN_OVERHEAD_BLOCKS)
    return Overhead(
        overhead_ns=overhead_ns,
        overhead_percent=percent_of_local(overhead_ns, estimate_value(local.latency_ns, level)),
        compute_difference_percent=_percent_of_logs(block_compute_logs(local, remote), level),
        waiting_percent=_mean_percent(block_waiting(local, remote)),
    )


def block_overheads(local: pd.DataFrame, remote: pd.DataFrame) -> pd.Series:
    """Return O_b [ns] of each block that has both arms, as a Series indexed by block.

    Parameters
    ----------
    local, remote : DataFrame
        As for :func:`estimate_overhead`.
    """
    return (remote.overhead_ns - local.overhead_ns).dropna()


def block_compute_logs(local: pd.DataFrame, remote: pd.DataFrame) -> pd.Series:
    """Return ln(remote / local) of the median compute times of each block that has both.

    Parameters
    ----------
    local, remote : DataFrame
        As for :func:`estimate_overhead`.

    Returns
    -------
    Series, float64
        Indexed by block.
    """
    return _finite_logs(remote.median_compute_ns / local.median_compute_ns)


def block_waiting(local: pd.DataFrame, remote: pd.DataFrame) -> pd.Series:
    """Return which fraction of the throughput of each block is lost to waiting.

    Parameters
    ----------
    local, remote : DataFrame
        As for :func:`estimate_overhead`.

    Returns
    -------
    Series, float64
        Indexed by block.
    """
    return (1 - (1 - remote.waiting_fraction) / (1 - local.waiting_fraction)).dropna()


def block_stretch(remote: pd.DataFrame) -> pd.Series:
    """Return ln(compute during a transfer / compute alone) of each block.

    Parameters
    ----------
    remote : DataFrame
        As for :func:`estimate_overhead`.

    Returns
    -------
    Series, float64
        Indexed by block.
    """
    return _finite_logs(remote.overlapped_compute_ns / remote.median_compute_ns)


def pool_overheads(arms: Mapping[Cell, Arms], level: float = LEVEL) -> dict[str, Estimate]:
    """Return the pooled figures of all cells, and of those of each thread count, by name.

    In each block the middle cells are averaged: of 14 without the 3 highest and the 3 lowest, of 7
    without 1 and 1; the t interval is over blocks. Cells of one block are no replicates, so that
    an interval over them would be too narrow. Only cells of every block count. Waiting and
    stretch have an interval from 10 blocks on.

    Parameters
    ----------
    arms : mapping of Cell to mapping of str to DataFrame
        Columns of :func:`bench.stats.blocks.reduce_blocks` of each arm, indexed by block.
    level : float
        Level of the intervals.
    """
    groups: dict[int | None, list[Arms]] = {None: list(arms.values())}
    for threads in sorted({cell.threads for cell in arms}):
        groups[threads] = [cell_arms for cell, cell_arms in arms.items() if cell.threads == threads]
    figures: dict[str, Estimate | None] = {}
    for count, group in groups.items():
        pairs = [(cell_arms["local"], cell_arms["remote"]) for cell_arms in group]
        compute_logs = _middle_of_cells([block_compute_logs(*pair) for pair in pairs])
        figures[pooled_name("compute_difference", count)] = _percent_of_logs(compute_logs, level)
        if count is not None:
            waiting = _middle_of_cells([block_waiting(*pair) for pair in pairs])
            stretch = _middle_of_cells([block_stretch(remote) for _, remote in pairs])
            figures[pooled_name("waiting", count)] = estimate_mean(
                PERCENT * waiting, level, MIN_VERDICT_BLOCKS
            )
            figures[pooled_name("stretch", count)] = _percent_of_logs(
                stretch, level, MIN_VERDICT_BLOCKS
            )
    return {name: estimate for name, estimate in figures.items() if estimate is not None}


def decide_overheads(overheads: Sequence[Estimate | None]) -> list[str]:
    """Return a verdict for each overhead in percent of the local latency.

    ``negligible`` lies below 2 %, ``costs`` above, with a Benjamini-Hochberg adjusted p value of
    "the overhead is 2 %" below 5 % over all cells; ``about 2 %`` crosses it and is precise.
    """
    tested = [e for e in overheads if e is not None and e.low is not None]
    p_values = [mean_p_value(e, MIN_EFFECT_PERCENT) for e in tested]
    adjusted = iter(adjusted_p_values(p_values))
    return [
        NOT_MEASURED
        if e is None
        else EXPLORATORY
        if e.low is None or e.high is None
        else _word(e.low, e.high, next(adjusted))
        for e in overheads
    ]


def _word(low: float, high: float, p_value: float) -> str:
    if high < MIN_EFFECT_PERCENT:
        return NEGLIGIBLE
    if low > MIN_EFFECT_PERCENT:
        return COSTS if p_value < 1 - LEVEL else UNDECIDED
    return ABOUT if (high - low) / 2 <= ABOUT_PERCENT else UNDECIDED


def percent_of_local(overhead_ns: Estimate | None, local_ns: Estimate | None) -> Estimate | None:
    """Return an overhead in percent of the run's mean local latency, treated as a constant."""
    if overhead_ns is None or local_ns is None:
        return None
    scale = PERCENT / local_ns.point
    return overhead_ns.mapped(lambda ns: scale * ns)


def _percent_of_logs(
    logs: pd.Series, level: float, fewest: int = MIN_OVERHEAD_BLOCKS
) -> Estimate | None:
    values = logs.to_numpy(dtype=np.float64)
    interval = mean_interval(values, level, fewest)
    return to_estimate(interval, LATENCY.to_percent, len(values), level)


def _finite_logs(ratios: pd.Series) -> pd.Series:
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(ratios.to_numpy(dtype=np.float64))
    finite = np.isfinite(logs)
    return pd.Series(logs[finite], ratios.index[finite])


def _mean_percent(fractions: pd.Series) -> float | None:
    return PERCENT * float(fractions.mean()) if len(fractions) else None


def _middle_of_cells(cells: Sequence[pd.Series]) -> pd.Series:
    """Return the mean of the middle cells in each block; cells that lack a block are left out.

    Parameters
    ----------
    cells : sequence of Series, float64
        The value of each block of a cell, indexed by block, ascending.
    """
    blocks = sorted({block for cell in cells for block in cell.index})
    complete = [cell.to_numpy(dtype=np.float64) for cell in cells if len(cell) == len(blocks)]
    if not complete or not blocks:
        return pd.Series(dtype=np.float64)
    ordered: Floats = np.sort(np.array(complete).T, axis=1)
    trimmed = int(_TRIMMED_FRACTION * ordered.shape[1])
    middle = ordered[:, trimmed : ordered.shape[1] - trimmed]
    return pd.Series(middle.mean(axis=1), blocks)
