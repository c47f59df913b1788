"""The time that a run took, by activity, and the threads and page faults of its processes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bench.records import Arm, BlockRecord, Cell, Phase, busy_threads
from bench.stats.cells import ARMS
from bench.stats.columns import Columns, Floats, Mask
from bench.stats.segments import CELL, Segments, split_cells


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """The wall time of a run's blocks by activity [ns]; the parts add up to ``wall_ns``.

    ``restart_ns`` is starting processes, loading the model, and ending them; ``idle_ns`` what
    lies between requests: pauses of the idle arm, comparing answers, storing. ``pass_ns`` is what
    one request of each cell in both placements takes: the sum of the mean block medians of latency.
    """

    wall_ns: int
    latency_ns: int
    burst_ns: int
    warmup_ns: int
    probe_ns: int
    restart_ns: int
    idle_ns: int
    pass_ns: float

    @property
    def passes(self) -> float:
        """The wall time in passes; NaN where a request of a cell never succeeded."""
        return self.wall_ns / self.pass_ns

    @property
    def efficiency_fraction(self) -> float:
        """The share of the time that was spent in latency and burst requests."""
        return (self.latency_ns + self.burst_ns) / self.wall_ns


@dataclass(frozen=True, slots=True)
class Effort:
    """The time, the busy threads and the page faults of a run.

    ``busy_threads`` is the mean number of busy threads while computing, by arm and agreed
    thread count; an arm without CPU times, as in runs of an older version, is left out.
    ``fault_counts`` is the mean number of minor faults of a latency request, by arm and cell:
    a few requests that make very many change the median of their block as well.
    """

    time_spent: TimeSpent
    busy_threads: Mapping[tuple[str, int], float]
    fault_counts: Mapping[tuple[str, Cell], float]


def measure_effort(values: pd.DataFrame, records: Sequence[BlockRecord]) -> Effort:
    """Return the time, the busy threads and the page faults of a run.

    Parameters
    ----------
    values : DataFrame
        The ``segments`` of :class:`bench.stats.blocks.BlockData`: one row per cell, block and arm.
    records : sequence of BlockRecord
        Of the same blocks.
    """
    return Effort(time_spent(values, records), threads_used(values), fault_counts(values))


def time_spent(values: pd.DataFrame, records: Sequence[BlockRecord]) -> TimeSpent:
    """Return the time by activity; parameters as of :func:`measure_effort`."""
    restarts = [restart for record in records for restart in record.restarts]
    wall_ns = sum(record.wall_ns for record in records)
    around_ns = wall_ns - sum(restart.wall_ns for restart in restarts)
    restart_ns = around_ns + sum(restart.startup_ns for restart in restarts)
    phases = ["timed_ns", "burst_ns", "warmup_ns", "probe_ns"]
    latency_ns, burst_ns, warmup_ns, probe_ns = (int(ns) for ns in values[phases].sum())
    return TimeSpent(
        wall_ns=wall_ns,
        latency_ns=latency_ns,
        burst_ns=burst_ns,
        warmup_ns=warmup_ns,
        probe_ns=probe_ns,
        restart_ns=restart_ns,
        idle_ns=wall_ns - restart_ns - latency_ns - burst_ns - warmup_ns - probe_ns,
        pass_ns=_pass_ns(values),
    )


def _pass_ns(values: pd.DataFrame) -> float:
    timed = values.latency_ns[values.index.isin(ARMS, level="arm")]
    cells = timed[np.isfinite(timed)].groupby(level=[*CELL, "arm"], observed=True).mean()
    complete = len(cells) == len(timed.groupby(level=[*CELL, "arm"], observed=True))
    return float(cells.sum()) if complete else math.nan


def threads_used(values: pd.DataFrame) -> dict[tuple[str, int], float]:
    """Return the mean number of busy threads; see :class:`Effort`.

    Over all latency requests, so that long ones count for more.

    Parameters
    ----------
    values : DataFrame
        As for :func:`measure_effort`.
    """
    timed = values[values.index.isin(ARMS, level="arm")]
    times = timed.groupby(level=["arm", "threads"], observed=True)[["cpu_ns", "wall_ns"]].sum()
    busy = {
        (str(arm), int(threads)): busy_threads(cpu_ns, wall_ns)
        for (arm, threads), cpu_ns, wall_ns in times.itertuples(name=None)
    }
    return {key: count for key, count in busy.items() if count is not None}


def fault_counts(values: pd.DataFrame) -> dict[tuple[str, Cell], float]:
    """Return the mean number of minor faults of a latency request; see :class:`Effort`.

    Parameters
    ----------
    values : DataFrame
        As for :func:`measure_effort`.
    """
    arms = ((arm, values[values.index.isin([arm], level="arm")]) for arm in Arm)
    sums = ((arm.value, *pair) for arm, rows in arms for pair in split_cells(rows))
    return {
        (arm, cell): float(rows.fault_count.sum() / rows.fault_known_count.sum())
        for arm, cell, rows in sums
        if rows.fault_known_count.any()
    }


def segment_effort(columns: Columns, all_segments: Segments) -> dict[str, Floats]:
    """Return the time and the counts of each segment, also where its requests failed.

    Returns
    -------
    dict of str to ndarray, float64 [segments]
        The columns of :func:`bench.stats.blocks.reduce_blocks` that effort is computed from.
    """
    warmup, latency, burst, probe = (columns.phases[phase] for phase in Phase)
    summarised = latency | burst
    cpu_ns, faults = columns.cpu_ns, columns.minor_faults_count
    wall_ns = columns.stamps["w4"] - columns.stamps["w3"]
    timed, counted = latency & ~np.isnan(cpu_ns + wall_ns), latency & ~np.isnan(faults)
    duration_ns = np.nan_to_num(columns.stamps["c5"] - columns.stamps["c1"])

    def total(values: Floats, chosen: Mask) -> Floats:
        return all_segments.sums(np.where(chosen, values, 0.0)[all_segments.rows])

    return {
        "latency_count": all_segments.counts(latency),
        "request_count": all_segments.counts(summarised),
        "failed_count": all_segments.counts(summarised & ~columns.ok),
        "warmup_ns": total(duration_ns, warmup),
        "timed_ns": total(duration_ns, latency),
        "burst_ns": _burst_ns(columns, burst, all_segments),
        "probe_ns": total(duration_ns, probe),
        "cpu_ns": total(cpu_ns, timed),
        "wall_ns": total(wall_ns, timed),
        "fault_count": total(faults, counted),
        "fault_known_count": all_segments.counts(counted),
    }


def _burst_ns(columns: Columns, burst: Mask, all_segments: Segments) -> Floats:
    """Return how long each segment's burst lasted [ns]; a sum would count overlaps twice."""
    segments, places = all_segments.where(burst)
    durations_ns = np.zeros(len(all_segments.keys))
    if len(places):
        last = np.fmax.reduceat(columns.stamps["c5"][segments.rows], segments.begins)
        first = np.fmin.reduceat(columns.stamps["c1"][segments.rows], segments.begins)
        durations_ns[places] = np.nan_to_num(last - first)
    return durations_ns
