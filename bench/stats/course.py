"""How a run spent its time, and how it could have spent it better."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from bench.records import BlockRecord
from bench.stats.blocks import block_values
from bench.stats.intervals import MIN_INTERVAL_BLOCKS
from bench.stats.segments import CELL, KEYS

_PHASES = ["warmup", "latency", "burst", "probe"]


def faulting_arms(samples: pd.DataFrame, most: int) -> dict[str, list[str]]:
    """Return the cells, as batch size/threads, where an arm faulted memory in while it was timed.

    That is, where its latency requests make more than ``most`` minor faults an image on average:
    a few requests that make very many bend the median of their block as well.
    """
    timed = samples[samples.phase == "latency"]
    mean = timed.groupby(["arm", *CELL]).minor_faults_count.mean()
    found: dict[str, list[str]] = {}
    for arm, batch_size, threads in mean.index[mean > most * mean.index.get_level_values(1)]:
        found.setdefault(str(arm), []).append(f"{batch_size}/{threads}")
    return found


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

    @property
    def efficiency_fraction(self) -> float:
        """The share of the time that was spent in latency and burst requests."""
        return (self.latency_ns + self.burst_ns) / self.wall_ns


def time_spent(samples: pd.DataFrame, records: Sequence[BlockRecord]) -> TimeSpent:
    """Return where the time went, from the samples and the records of the same blocks."""
    restarts = [restart for record in records for restart in record.restarts]
    wall_ns = sum(record.wall_ns for record in records)
    around_ns = wall_ns - sum(restart.wall_ns for restart in restarts)
    restart_ns = around_ns + sum(restart.startup_ns for restart in restarts)
    spent = {phase: int(times_ns.sum()) for phase, times_ns in _phases_ns(samples).items()}
    return TimeSpent(
        wall_ns=wall_ns,
        latency_ns=spent["latency"],
        burst_ns=spent["burst"],
        warmup_ns=spent["warmup"],
        probe_ns=spent["probe"],
        restart_ns=restart_ns,
        idle_ns=wall_ns - restart_ns - sum(spent.values()),
    )


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
    timed = arms[(arms.phase == "latency") & (arms.outcome == "ok")]
    timed = timed.assign(took_ns=timed.c5_ns - timed.c1_ns)
    spent_ns, cells = _phases_ns(arms), timed.groupby(CELL)
    blocks = cells.block.nunique().reindex(spent_ns.index, fill_value=0)
    m = cells.size() / (2 * blocks)
    c1 = cells.took_ns.sum() / (m * blocks)
    c2 = _restart_share_ns(samples, records) + (spent_ns.warmup + spent_ns.burst) / blocks
    within = _within_variance(timed) * _median_factor(m)
    between = _log_ratios(arms).groupby(CELL).var(ddof=1) - within / m
    best = np.sqrt(c2 / c1 * within / between.where(between > 0))
    best = best.where(blocks >= MIN_INTERVAL_BLOCKS).reindex(blocks.index)
    return {
        cast("tuple[int, int]", cell): None if np.isnan(length) else max(1, round(length))
        for cell, length in best.items()
    }


def _log_ratios(samples: pd.DataFrame) -> pd.Series:
    """Return the log ratio of the arms, by cell and block."""
    latency = block_values(samples).latency_ns.unstack("arm").reindex(columns=["local", "remote"])
    latency = latency.dropna()
    return pd.Series(np.log(latency.remote / latency.local), latency.index)


def _restart_share_ns(samples: pd.DataFrame, records: Sequence[BlockRecord]) -> pd.Series:
    """Return what starting costs each cell of a block, all cells of a restart alike."""
    starts = [(r.threads, r.startup_ns) for record in records for r in record.restarts]
    each_ns = pd.DataFrame(starts, columns=["threads", "ns"]).groupby("threads").ns.mean()
    cells = samples[CELL].drop_duplicates()
    visits = cells.groupby("threads").threads.transform("size")
    share_ns = cells.threads.map(each_ns).fillna(0) / visits
    return share_ns.set_axis(pd.MultiIndex.from_frame(cells))


def _within_variance(timed: pd.DataFrame) -> pd.Series:
    """Return the variance of log latencies within a block, summed over the arms, by cell."""
    logs = pd.Series(np.log(timed.took_ns), timed.index)
    by_segment = logs.groupby([timed[key] for key in KEYS]).var(ddof=1)
    return by_segment.groupby(level=[*CELL, "arm"]).mean().groupby(level=CELL).sum()


def _median_factor(m: pd.Series) -> pd.Series:
    """Return how many times as much a median of m normal values varies as their mean."""
    return math.pi / 2 * m / (m + math.pi / 2 - 1)


def _phases_ns(samples: pd.DataFrame) -> pd.DataFrame:
    """Return the time of each cell's requests, by phase; those of a burst overlap [ns]."""
    single = (samples.c5_ns - samples.c1_ns).groupby([samples[key] for key in [*CELL, "phase"]])
    spent_ns = single.sum().unstack("phase").reindex(columns=_PHASES)
    bursts = samples[samples.phase == "burst"].groupby(KEYS)
    burst_ns = (bursts.c5_ns.max() - bursts.c1_ns.min()).groupby(level=CELL).sum()
    return spent_ns.assign(burst=burst_ns).fillna(0)
