"""A made-up machine: how long requests take on it, and what a run should find there."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from bench.calibration.scenarios import LATENCY_NS, Floats
from bench.records import SegmentLength
from bench.stats.loss_scale import LATENCY, THROUGHPUT

_TRUTH_BLOCKS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """How long requests take; spreads and changes are on the log scale.

    Parameters
    ----------
    slower : float
        By how much the worker computes slower than the local process.
    restart_sd, request_sd : float
        Spread of freshly started processes, and of the requests of one.
    spike_fraction, spike_factor : float
        The share of requests that compute so many times as long.
    drift_per_s, worker_drift_per_s : float
        By how much the whole machine, or the worker alone, becomes slower in a second.
    late_ns : int
        What the first measured request of each segment takes besides.
    leg_ns : int
        The way of a message in one direction.
    """

    slower: float = 0.02
    restart_sd: float = 0.02
    request_sd: float = 0.02
    spike_fraction: float = 0.0
    spike_factor: float = 1.0
    drift_per_s: float = 0.0
    worker_drift_per_s: float = 0.0
    late_ns: int = 0
    leg_ns: int = 500_000

    @property
    def codec_ns(self) -> int:
        """What the worker needs to decode a request, and again to encode its answer."""
        return self.leg_ns // 10


class Truth(NamedTuple):
    """What a run's intervals should cover."""

    latency_loss_percent: float
    latency_loss_ns: float
    throughput_loss_percent: float


def request_noise(machine: Machine, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Return the log noise of single requests."""
    spikes = rng.random(shape) < machine.spike_fraction
    noise: Floats = rng.normal(0, machine.request_sd, shape) + spikes * np.log(machine.spike_factor)
    return noise


@cache
def truth_of(machine: Machine, length: SegmentLength) -> Truth:
    """Return the losses by their definitions [1]_, over very many blocks.

    Drift and late requests are left out: they are what no loss may depend on.

    References
    ----------
    .. [1] METHOD, section 4.
    """
    rng = np.random.default_rng(0)
    computed = length.latency_count + length.burst_count - 1
    local = _compute_ns(machine, rng, 0.0, length.latency_count)
    served = _compute_ns(machine, rng, machine.slower, computed) + 2 * machine.codec_ns
    latency = served[:, : length.latency_count] + 2 * machine.leg_ns
    before, after = np.median(local, axis=1), np.median(latency, axis=1)
    # With two in flight the next request always waits, so that the way takes no time.
    burst = served[:, length.latency_count :].mean(axis=1)
    return Truth(
        LATENCY.to_percent(float(np.log(after / before).mean())),
        float((after - before).mean()),
        THROUGHPUT.to_percent(float(np.log(burst / local.mean(axis=1)).mean())),
    )


def _compute_ns(machine: Machine, rng: np.random.Generator, slower: float, requests: int) -> Floats:
    restarts = rng.normal(0, machine.restart_sd, (_TRUTH_BLOCKS, 1))
    noise = request_noise(machine, rng, (_TRUTH_BLOCKS, requests))
    times: Floats = LATENCY_NS * np.exp(slower + restarts + noise)
    return times
