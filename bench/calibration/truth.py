"""The true values that a run on a made-up machine should find."""

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np

from bench.calibration.machine import Machine, Noise, draw
from bench.calibration.stamps import serve_all, split_overhead
from bench.config import IN_FLIGHT
from bench.records import CellLengths, Placement
from bench.stats.loss_scale import LATENCY, THROUGHPUT
from bench.units import PERCENT

_BLOCKS = 100_000


class Truth(NamedTuple):
    """What a run's intervals should cover."""

    overhead_ns: float
    compute_difference_percent: float
    latency_loss_percent: float
    latency_loss_ns: float
    throughput_loss_percent: float
    waiting_percent: float


def programmed(machine: Machine, lengths: CellLengths) -> Truth:
    """Return the truth of a machine without noise: the median request of a median segment."""
    return _truth(replace(machine, computing=Noise(), overhead=Noise()), lengths, blocks=1)


@cache
def truth_of(machine: Machine, lengths: CellLengths) -> Truth:
    """Return the truth by the definitions [1]_, over very many blocks.

    It differs from what is programmed where noise is skewed: the median of a few requests, and
    the mean over blocks, depend on the tail. Drift and late requests are left out, since no loss
    may depend on them.

    References
    ----------
    .. [1] METHOD, sections 4 and 4b.
    """
    return _truth(machine, lengths, _BLOCKS)


def _truth(machine: Machine, lengths: CellLengths, blocks: int) -> Truth:
    rng, steady = np.random.default_rng(0), replace(machine, late_ns=0.0)
    count = lengths.remote.burst_count
    local = draw(steady, rng, (blocks, lengths.local.latency_count), Placement.LOCAL)
    remote = draw(steady, rng, (blocks, lengths.remote.latency_count), Placement.REMOTE)
    burst = draw(steady, rng, (blocks, count), Placement.REMOTE)
    parts = split_overhead(burst.overhead)
    served = serve_all(np.zeros(blocks), burst.compute, parts, IN_FLIGHT)
    burst_ns = np.ptp(served.c5, axis=1) / (count - 1)
    busy = burst.compute[:, 1:].sum(axis=1) / np.ptp(served.w4, axis=1)
    local_busy = local.compute.sum(axis=1) / local.latency.sum(axis=1)
    overhead, compute, latency = (
        tuple(np.median(times, axis=1) for times in arms)
        for arms in (
            (local.overhead, remote.overhead),
            (local.compute, remote.compute),
            (local.latency, remote.latency),
        )
    )
    return Truth(
        float((overhead[1] - overhead[0]).mean()),
        LATENCY.to_percent(float(np.log(compute[1] / compute[0]).mean())),
        LATENCY.to_percent(float(np.log(latency[1] / latency[0]).mean())),
        float((latency[1] - latency[0]).mean()),
        THROUGHPUT.to_percent(float(np.log(burst_ns / local.latency.mean(axis=1)).mean())),
        PERCENT * float((1 - busy / local_busy).mean()),
    )
