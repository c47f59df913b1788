"""A made-up machine: how long requests take on it.

One type describes the noise of computing and that of the overhead, and :func:`draw` draws both.
V0 and the truths draw all blocks at once, V1 draws one segment after the other.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy import special

from bench.calibration.stamps import OVERHEAD_NS
from bench.records import CellLengths, Placement
from bench.stats.columns import Floats

COMPUTE_NS = 100e6
RUN_S = 20.0
"""Duration of a run of arrays, for its drift, with any number of blocks [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How a time varies about its median; spreads and changes are on the log scale.

    Parameters
    ----------
    segment_sd, request_sd : float
        Spread of segments (one arm of one block), and of requests within a segment.
    autocorrelation : float
        The correlation of neighbouring requests.
    skew : float
        Mean of an exponential tail of requests. On the linear scale this is a heavy tail: the
        share of requests that take more than x times as long falls as ``x ** (-1 / skew)``.
    spike_fraction, spike_factor : float
        The share of requests, at most a half, that take so many times as long.
    outlier_fraction, outlier_factor : float
        The share of segments, at most a half, that take so many times as long.
    drift_per_s : float
        By how much the time grows in a second. It is not drawn: see :func:`add_drift`.
    """

    segment_sd: float = 0.0
    request_sd: float = 0.0
    autocorrelation: float = 0.0
    skew: float = 0.0
    spike_fraction: float = 0.0
    spike_factor: float = 1.0
    outlier_fraction: float = 0.0
    outlier_factor: float = 1.0
    drift_per_s: float = 0.0

    def draw(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """Return log noise, float64 [blocks, requests].

        The part of a segment and the part of a request have a median of 0 each, whatever their
        tails are: each has the sign of one normal variable. How many random numbers are drawn
        depends on the shape only.
        """
        segment = rng.normal(size=(shape[0], 1))
        request = _ar1_noise(rng.normal(size=shape), self.autocorrelation)
        tail = -special.log_ndtr(-request) - math.log(2)  # exponential, with a median of 0
        noise: Floats = (
            self.segment_sd * segment
            + _log_factors(rng, segment, self.outlier_fraction, self.outlier_factor)
            + self.request_sd * request
            + self.skew * tail
            + _log_factors(rng, request, self.spike_fraction, self.spike_factor)
        )
        return noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """How long requests compute on a machine, and what they spend besides.

    Parameters
    ----------
    computing, overhead : Noise
        The noise of each, drawn separately for each arm.
    compute_ns : float
        Median compute time of the local process.
    slower : float
        By how much the worker computes slower, on the log scale.
    overhead_ns, local_overhead_ns : float
        Median of what a remote, or a local, request spends besides computing.
    worker_drift_per_s : float
        By how much the worker alone computes slower after a second, on the log scale.
    late_ns : float
        What the first latency request of each segment computes in addition.
    """

    computing: Noise = Noise(segment_sd=0.02, request_sd=0.02)
    overhead: Noise = Noise(segment_sd=0.05, request_sd=0.05)
    compute_ns: float = COMPUTE_NS
    slower: float = 0.02
    overhead_ns: float = OVERHEAD_NS
    local_overhead_ns: float = 3e4
    worker_drift_per_s: float = 0.0
    late_ns: float = 0.0


class Times(NamedTuple):
    """What requests take [ns]: float64 [blocks, requests], or [blocks] for one request of each."""

    compute: Floats
    overhead: Floats

    @property
    def latency(self) -> Floats:
        """The sum of both."""
        return self.compute + self.overhead


def draw(
    machine: Machine,
    rng: np.random.Generator,
    shape: tuple[int, int],
    placement: Placement,
    earlier_count: int = 1,
) -> Times:
    """Return the times of one arm without drift, [blocks, requests].

    Parameters
    ----------
    earlier_count : int
        Requests of each segment before the late one.
    """
    remote = placement is Placement.REMOTE
    compute = np.exp(machine.computing.draw(rng, shape) + remote * machine.slower)
    overhead = np.exp(machine.overhead.draw(rng, shape))
    compute *= machine.compute_ns
    compute[:, earlier_count : 1 + earlier_count] += machine.late_ns
    return Times(compute, overhead * (machine.overhead_ns if remote else machine.local_overhead_ns))


def add_drift(machine: Machine, times: Times, placement: Placement, at_s: Floats | float) -> Times:
    """Return the times of requests that begin ``at_s`` after the drift was zero.

    Parameters
    ----------
    machine : Machine
        The machine with the drifts.
    times : Times
        What the requests take without drift [ns].
    placement : Placement
        Where they are computed; the drift of the worker is added to remote requests only.
    at_s : ndarray, float64, or float
        When they begin [s], of a shape that broadcasts to that of ``times``.
    """
    rate_per_s = machine.computing.drift_per_s
    if placement is Placement.REMOTE:
        rate_per_s += machine.worker_drift_per_s
    return Times(
        times.compute * np.exp(rate_per_s * at_s),
        times.overhead * np.exp(machine.overhead.drift_per_s * at_s),
    )


def with_drift(machine: Machine, drift_per_s: float) -> Machine:
    """Return a machine with a drift of all times, which changes no ratio of its arms."""
    computing, overhead = (
        replace(noise, drift_per_s=drift_per_s) for noise in (machine.computing, machine.overhead)
    )
    return replace(machine, computing=computing, overhead=overhead)


def simulate(
    machine: Machine, rng: np.random.Generator, blocks: int, requests: int
) -> tuple[Times, Times]:
    """Return the times of a local and a remote arm, each [blocks, requests].

    The first request of each block is its warm-up. A drift is zero in the middle of the run.

    Parameters
    ----------
    machine : Machine
        The machine to simulate.
    rng : Generator
        Source of the random numbers.
    blocks : int
        Blocks of the run.
    requests : int
        Requests of each arm in each block, with the warm-up.
    """
    at_s = RUN_S * np.linspace(-0.5, 0.5, blocks)[:, None]
    local, remote = (
        add_drift(machine, draw(machine, rng, (blocks, requests), placement), placement, at_s)
        for placement in (Placement.LOCAL, Placement.REMOTE)
    )
    return local, remote


def simulate_arms(
    machine: Machine, rng: np.random.Generator, blocks: int, lengths: CellLengths
) -> tuple[Times, Times]:
    """Return the times of a local and a remote arm, each with its own number of requests.

    They are those of :func:`simulate`, each [blocks, 1 + latency_count]: in each block one request
    of warm-up, then the latency requests of the arm.

    Parameters
    ----------
    machine : Machine
        The machine to simulate.
    rng : Generator
        Source of the random numbers.
    blocks : int
        Blocks of the run.
    lengths : CellLengths
        Only the ``latency_count`` of each arm is used.
    """
    counts = [1 + length.latency_count for length in (lengths.local, lengths.remote)]
    arms = simulate(machine, rng, blocks, max(counts))
    local, remote = (
        Times(*(times[:, :count] for times in arm)) for arm, count in zip(arms, counts, strict=True)
    )
    return local, remote


def _log_factors(rng: np.random.Generator, noise: Floats, fraction: float, factor: float) -> Floats:
    """Return the log of the factor for a share of the noise, only where that is above its median.

    So the median stays where it is.
    """
    hit = (rng.random(noise.shape) < 2 * fraction) & (noise > 0)
    return np.where(hit, math.log(factor), 0.0)


def _ar1_noise(white: Floats, correlation: float) -> Floats:
    """Return stationary AR(1) noise of unit variance along the last axis."""
    noise = white.copy()
    for at in range(1, white.shape[1] if correlation else 0):
        fresh = np.sqrt(1 - correlation**2) * white[:, at]
        noise[:, at] = correlation * noise[:, at - 1] + fresh
    return noise
