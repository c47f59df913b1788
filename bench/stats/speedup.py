"""How many times as fast a batch becomes with more threads."""

from typing import cast

import numpy as np
import pandas as pd

from bench.records import Cell
from bench.stats.cells import ARMS
from bench.stats.estimate import LEVEL, Estimate
from bench.stats.intervals import estimate_value

Speedups = dict[tuple[Cell, str], Estimate]


def estimate_speedups(values: pd.DataFrame, level: float = LEVEL) -> Speedups:
    """Return the speed-ups over the smallest thread count, by cell and arm.

    An arm is compared with itself, within each block, so that drift cancels as it does in a loss.
    With M_b(T) the median latency of block b at T threads and T0 the smallest count of the run::

        s_b = ln M_b(T0) - ln M_b(T)        speed-up = exp(mean s)

    and the t interval of mean s. T0 itself has no speed-up, since it would be 1 by definition;
    neither has a count with a block of which a median is infinite because requests failed.

    Parameters
    ----------
    values : DataFrame
        The ``segments`` of :class:`bench.stats.blocks.BlockData`: one row per cell, block and arm.
    level : float
        Of the intervals.
    """
    latency = values.latency_ns[values.index.isin(ARMS, level="arm")].unstack("threads")
    speedups: Speedups = {}
    for key, blocks in latency.groupby(level=["batch_size", "arm"], observed=True):
        batch_size, arm = cast("tuple[int, str]", key)
        for threads in latency.columns[1:]:
            pair = blocks[[latency.columns[0], threads]].dropna()
            before, after = (pair[column] for column in pair)
            if np.isfinite(pair).all(axis=None) and (s := estimate_value(before / after, level)):
                speedups[Cell(batch_size=int(batch_size), threads=int(threads)), str(arm)] = s
    return speedups
