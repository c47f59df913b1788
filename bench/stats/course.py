"""How a run spent its time, and how it could have spent it better."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from bench.records import BlockRecord
from bench.stats.blocks import KEYS, block_values
from bench.stats.intervals import MIN_INTERVAL_BLOCKS


def faulting_arms(samples: pd.DataFrame, most: int) -> list[str]:
    """Return the arms whose median latency request makes more than ``most`` minor faults."""
    timed = samples[samples.phase == "latency"]
    median = timed.groupby("arm").minor_faults_count.median()
    return sorted(str(arm) for arm in median.index[median > most])


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """Where the wall time of a run's blocks went [ns]; the parts add up to ``wall_ns``.

    ``restart_ns`` is starting processes, loading the model, and ending them; ``idle_ns`` what
    lies between requests: pauses of the idle arm, comparing answers, storing.
    """

    wall_ns: int
    latency_ns: int
    burst_ns: int
    warmup_ns: int
    probe_ns: int
    restart_ns: int
    idle_ns: int


def time_spent(samples: pd.DataFrame, records: Sequence[BlockRecord]) -> TimeSpent:
    """Return where the time went, from the samples and the records of the same blocks."""
    restarts = [restart for record in records for restart in record.restarts]
    wall_ns = sum(record.wall_ns for record in records)
    around_ns = wall_ns - sum(restart.wall_ns for restart in restarts)
    restart_ns = around_ns + sum(restart.startup_ns for restart in restarts)
    single = {phase: _single_ns(samples, phase) for phase in ("latency", "warmup", "probe")}
    burst_ns = _burst_ns(samples)
    return TimeSpent(
        wall_ns=wall_ns,
        latency_ns=single["latency"],
        burst_ns=burst_ns,
        warmup_ns=single["warmup"],
        probe_ns=single["probe"],
        restart_ns=restart_ns,
        idle_ns=wall_ns - restart_ns - burst_ns - sum(single.values()),
    )


def efficiency_fraction(samples: pd.DataFrame, wall_ns: int) -> float | None:
    """Return the share of a run's time that was spent in latency and burst requests."""
    if not wall_ns:
        return None
    return (_single_ns(samples, "latency") + _burst_ns(samples)) / wall_ns


def best_lengths(
    samples: pd.DataFrame, records: Sequence[BlockRecord]
) -> dict[tuple[int, int], int | None]:
    """Return how many latency requests a segment should best have had, by batch size and threads.

    ``m = sqrt((c2 / c1) (T1^2 / T2^2))`` gives the narrowest interval for the time spent [1]_.
    c1 is the mean time of a request of both arms, c2 what a block costs the cell besides: its
    share of a restart, warm-up and burst. T1^2 is m times the variance that requests give to the
    block log ratio, and T2^2 what is left of that ratio's variance.
    None where blocks differ by no more than their requests explain, so that longer is better
    without end, and below 6 blocks.

    References
    ----------
    .. [1] METHOD, section 2; Cochran: Sampling Techniques, section 10.6.
    """
    arms = samples[samples.arm.isin(["local", "remote"])]
    ratios = _log_ratios(arms)
    share_ns = _restart_share_ns(samples, records)
    best: dict[tuple[int, int], int | None] = {}
    for key, rows in arms.groupby(["batch_size", "threads"]):
        cell = cast("tuple[int, int]", key)
        timed = rows[(rows.phase == "latency") & (rows.outcome == "ok")]
        blocks = timed.block.nunique()
        if blocks < MIN_INTERVAL_BLOCKS or cell not in ratios:
            best[cell] = None
            continue
        m = len(timed) / (2 * blocks)
        c1 = _single_ns(timed, "latency") / (m * blocks)
        c2 = share_ns[cell] + (_single_ns(rows, "warmup") + _burst_ns(rows)) / blocks
        within = _within_variance(timed, m)
        between = float(ratios[cell].var(ddof=1)) - within / m
        best[cell] = max(1, round(math.sqrt(c2 / c1 * within / between))) if between > 0 else None
    return best


def _log_ratios(samples: pd.DataFrame) -> dict[tuple[int, int], pd.Series]:
    latency = block_values(samples).latency_ns.unstack("arm").dropna()
    if not {"local", "remote"} <= set(latency.columns):
        return {}
    ratios = pd.Series(np.log(latency.remote / latency.local), latency.index)
    return {
        cast("tuple[int, int]", key): values
        for key, values in ratios.groupby(["batch_size", "threads"])
    }


def _restart_share_ns(
    samples: pd.DataFrame, records: Sequence[BlockRecord]
) -> dict[tuple[int, int], float]:
    """Return what starting costs each cell of a block, all cells of a restart alike."""
    started: dict[int, list[int]] = {}
    for record in records:
        for restart in record.restarts:
            started.setdefault(restart.threads, []).append(restart.startup_ns)
    cells = samples[["batch_size", "threads"]].drop_duplicates()
    visits = cells.threads.value_counts()
    return {
        (batch_size, threads): float(np.mean(started.get(threads, [0]))) / visits[threads]
        for batch_size, threads in cells.itertuples(index=False)
    }


def _within_variance(timed: pd.DataFrame, m: float) -> float:
    """Return m times the variance of a block's log median, summed over the arms.

    A median of m normal values varies ``pi/2 m / (m + pi/2 - 1)`` times as much as their mean.
    """
    logs = pd.Series(np.log((timed.c5_ns - timed.c1_ns).to_numpy(dtype=float)), timed.index)
    variance = logs.groupby([timed.arm, timed.block]).var(ddof=1).groupby(level="arm").mean().sum()
    return float(variance) * math.pi / 2 * m / (m + math.pi / 2 - 1)


def _single_ns(samples: pd.DataFrame, phase: str) -> int:
    rows = samples[samples.phase == phase]
    return int((rows.c5_ns - rows.c1_ns).sum())


def _burst_ns(samples: pd.DataFrame) -> int:
    """Return the time of bursts, each from its first start to its last end: requests overlap."""
    bursts = samples[samples.phase == "burst"].groupby(KEYS)
    return int((bursts.c5_ns.max() - bursts.c1_ns.min()).sum())
