"""How a run spent its time."""

import pandas as pd


def faulting_arms(samples: pd.DataFrame, most: int) -> list[str]:
    """Return the arms whose median latency request makes more than ``most`` minor faults."""
    timed = samples[samples.phase == "latency"]
    median = timed.groupby("arm").minor_faults_count.median()
    return sorted(str(arm) for arm in median.index[median > most])


def efficiency_fraction(samples: pd.DataFrame, wall_ns: int) -> float | None:
    """Return the share of a run's time that was spent in latency and burst requests.

    A burst counts from its first start to its last completion, since its requests overlap.
    """
    if not wall_ns:
        return None
    latency = samples[samples.phase == "latency"]
    timed_ns = (latency.c5_ns - latency.c1_ns).sum()
    bursts = samples[samples.phase == "burst"].groupby(["block", "threads", "batch_size"])
    timed_ns += (bursts.c5_ns.max() - bursts.c1_ns.min()).sum()
    return float(timed_ns / wall_ns)
