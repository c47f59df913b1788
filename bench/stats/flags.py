"""Warnings about a cell's numbers; no data are dropped because of them."""

import math

import numpy as np
import pandas as pd

from bench.stats.estimate import MIN_INTERVAL_BLOCKS, MIN_OVERHEAD_BLOCKS, Estimate
from bench.stats.intervals import hodges_lehmann, mean_interval
from bench.stats.loss_scale import LATENCY, Values, is_imprecise, known_values

STEADY_FRACTION = 0.01
LITTLES_LAW_FRACTION = 0.02
OUTLIER_ERRORS = 0.7
PROBES_FRACTION = 0.005
"""Of local latency; probes and requests differ a little, since caches stay warm for probes."""
REPEATED_FRACTION = 0.2
"""A worker that never waits computes some percent faster; one that caches answers, far more."""
FLAGS = {
    "drift": "neighbouring blocks resemble each other, so the interval may be too narrow",
    "not_steady": "within a segment latency is not shown to stay within 1 %",
    "differential_warmup": "the arms change differently within a segment, by more than 1 %",
    "outlier_sensitive": "few blocks move the mean away from the Hodges-Lehmann estimate",
    "imprecise": "the interval is wider than ±2 %",
    "littles_law": "throughput, latency and requests in flight disagree by 2 % or more",
    "probes_differ": "probes, which compute nothing, take another time than the overhead",
    "repeated_faster": "batches sent once more are computed faster by 20 %: remembered answers?",
}


def cell_flags(
    local: pd.DataFrame, remote: pd.DataFrame, loss: Estimate | None, probes: pd.Series
) -> tuple[str, ...]:
    """Return the words of ``FLAGS`` that hold for a cell, from its block values.

    Below 6 blocks only Little's law and the probes are tested.

    Parameters
    ----------
    local, remote : DataFrame
        Columns of :func:`bench.stats.blocks.reduce_blocks` of an arm, indexed by block.
    loss : Estimate or None
        The latency loss.
    probes : Series
        The round trip of the probes of the cell's batch size [ns], indexed by block.
    """
    logs = LATENCY.log_ratios(local.latency_ns, remote.latency_ns)
    halves = local.log_halves, remote.log_halves
    conditions = {
        "drift": drifts(logs) or drifts(known_values(remote.overhead_ns - local.overhead_ns)),
        "not_steady": any(_not_steady(h) for h in halves),
        "differential_warmup": _differ(*halves),
        "outlier_sensitive": outlier_sensitive(logs),
        "imprecise": is_imprecise(loss),
        "littles_law": any(
            abs(law - 1) >= LITTLES_LAW_FRACTION
            for law in (littles_law(local), littles_law(remote))
            if law is not None
        ),
        "probes_differ": _probes_differ(local, remote, probes),
        "repeated_faster": _repeated_faster(remote.log_repeated),
    }
    return tuple(name for name in FLAGS if conditions[name])


def drifts(logs: Values) -> bool:
    """Return whether the autocorrelation of neighbouring blocks is beyond 2 / sqrt(R) [1]_.

    Parameters
    ----------
    logs : ndarray, float64 [blocks]
        One value per block, in the order of the R blocks: log ratios, or
        differences of overheads [ns].

    References
    ----------
    .. [1] METHOD, section 4.
    """
    if len(logs) < MIN_INTERVAL_BLOCKS or not np.isfinite(logs).all():
        return False
    centred = logs - logs.mean()
    products = abs(float(centred[1:] @ centred[:-1]))
    return products > float(centred @ centred) * 2 / math.sqrt(len(logs))


def outlier_sensitive(logs: Values) -> bool:
    """Return whether mean and Hodges-Lehmann estimate lie more than 0.7 standard errors apart.

    Normal blocks pass the limit in 2 % of cells, one block that is 10 spreads away in most. Such
    a block also widens both intervals, so that they may still overlap.

    Parameters
    ----------
    logs : ndarray, float64 [blocks]
        The log ratio of the arms in each block.
    """
    if len(logs) < MIN_INTERVAL_BLOCKS or not np.isfinite(logs).all():
        return False
    robust = hodges_lehmann(logs)
    assert robust is not None
    error = float(logs.std(ddof=1)) / math.sqrt(len(logs))
    return abs(float(logs.mean()) - robust[0]) > OUTLIER_ERRORS * error


def littles_law(arm: pd.DataFrame) -> float | None:
    """Return throughput x latency / (batch size x in flight) over all blocks; 1 if it holds.

    Parameters
    ----------
    arm : DataFrame
        Columns of :func:`bench.stats.blocks.reduce_blocks` of an arm, indexed by block.
    """
    ratios = known_values(arm.littles_law)
    return float(ratios.mean()) if len(ratios) else None


def _probes_differ(local: pd.DataFrame, remote: pd.DataFrame, probes: pd.Series) -> bool:
    """Return whether probes and the remote overhead surely differ, by an amount that matters."""
    intervals = [
        mean_interval(known_values(times_ns), fewest=MIN_OVERHEAD_BLOCKS)
        for times_ns in (probes, remote.overhead_ns)
    ]
    if intervals[0] is None or intervals[1] is None:
        return False
    gap_ns = max(intervals[0][1] - intervals[1][2], intervals[1][1] - intervals[0][2])
    return bool(gap_ns > PROBES_FRACTION * local.latency_ns.mean())


def _not_steady(log_halves: pd.Series) -> bool:
    interval = mean_interval(known_values(log_halves))
    if interval is None or np.isnan(interval[1]):
        return False
    limit = np.log1p(STEADY_FRACTION)
    return bool(interval[1] < -limit or interval[2] > limit)


def _differ(local: pd.Series, remote: pd.Series) -> bool:
    interval = mean_interval(known_values(remote - local))
    if interval is None or np.isnan(interval[1]):
        return False
    differs = interval[1] > 0 or interval[2] < 0
    return differs and abs(interval[0]) > np.log1p(STEADY_FRACTION)


def _repeated_faster(log_repeated: pd.Series) -> bool:
    interval = mean_interval(known_values(log_repeated))
    return interval is not None and bool(interval[2] < np.log1p(-REPEATED_FRACTION))
