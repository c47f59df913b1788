"""How a run spent its time, and what its processes did meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from bench.records import BlockRecord, busy_threads
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


def _phases_ns(samples: pd.DataFrame) -> pd.DataFrame:
    """Return the time of each cell's requests, by phase; those of a burst overlap [ns]."""
    single = (samples.c5_ns - samples.c1_ns).groupby([samples[key] for key in [*CELL, "phase"]])
    spent_ns = single.sum().unstack("phase").reindex(columns=_PHASES)
    bursts = samples[samples.phase == "burst"].groupby(KEYS)
    burst_ns = (bursts.c5_ns.max() - bursts.c1_ns.min()).groupby(level=CELL).sum()
    return spent_ns.assign(burst=burst_ns).fillna(0)


def threads_used(samples: pd.DataFrame) -> dict[tuple[str, int], float]:
    """Return the mean number of busy threads while computing, by arm and agreed thread count.

    Over all latency requests, so that long ones count for more. An arm without CPU times, as in
    runs of an older version, is left out.
    """
    timed = samples[(samples.phase == "latency") & samples.arm.isin(["local", "remote"])]
    timed = timed[timed.cpu_ns.notna() & timed.w4_ns.notna()]
    timed = timed.assign(wall_ns=timed.w4_ns - timed.w3_ns)
    times = timed.groupby(["arm", "threads"], observed=True)[["cpu_ns", "wall_ns"]].sum()
    busy = {
        (str(arm), int(threads)): busy_threads(cpu_ns, wall_ns)
        for arm, threads, cpu_ns, wall_ns in times.reset_index().itertuples(index=False)
    }
    return {key: count for key, count in busy.items() if count is not None}
