"""Made-up latencies whose truth is known: what a machine may do to a measurement."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
LATENCY_NS = 100e6
BATCH_SIZE, THREADS = 4, 1
WAY_NS = {"encode": 1e4, "way": 5e5, "queue": 5e4, "decode_in": 4e4, "encode_out": 1e5, "back": 5e5}
"""What a remote request spends besides computing and decoding its answer."""
WORKER_CLOCK_NS = 3600e9
"""By how much the worker's clock is ahead; no result may depend on it."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """How latencies of one arm come about; all spreads are on the log scale.

    ``restart_sd`` is the spread of an arm's blocks, ``request_sd`` that of requests within a
    block. ``autocorrelation`` is that of neighbouring requests. A share ``spike_fraction`` of
    requests takes ``spike_factor`` times as long. ``drift`` is by how much both arms change from
    the first block to the last. With ``skewed`` requests have an exponential tail. ``adaptive``
    lets the width of the intervals choose the number of blocks.
    """

    name: str
    restart_sd: float = 0.02
    request_sd: float = 0.02
    autocorrelation: float = 0.0
    spike_fraction: float = 0.0
    spike_factor: float = 1.0
    drift: float = 0.0
    skewed: bool = False
    adaptive: bool = False


SCENARIOS = (
    Scenario("restart variance", restart_sd=0.03, request_sd=0.01),
    Scenario("AR(1)", request_sd=0.03, autocorrelation=0.7),
    Scenario("spikes", spike_fraction=0.03, spike_factor=2.0),
    Scenario("drift", drift=0.1),
    Scenario("skew", request_sd=0.3, skewed=True),
    Scenario("adaptive stop", restart_sd=0.03, adaptive=True),
)
"""Spikes are kept at twice the latency: where they take three times as long, the mean of a segment
is so skewed that the throughput of a single arm is covered in 91 % of runs only. Losses, which
are paired, keep their coverage there too."""


def simulate(
    scenario: Scenario,
    rng: np.random.Generator,
    blocks: int,
    requests: int,
    loss: float = 0.0,
) -> tuple[Floats, Floats]:
    """Return the latencies [ns] of a local and a remote arm, each [blocks, requests].

    Parameters
    ----------
    loss : float
        By which log ratio remote is slower than local.
    """
    drift = scenario.drift * np.linspace(-0.5, 0.5, blocks)[:, None]
    local, remote = (
        LATENCY_NS * np.exp(drift + _log_noise(scenario, rng, blocks, requests)) for _ in range(2)
    )
    return local, remote * np.exp(loss)


def as_samples(
    arms: Mapping[str, Floats],
    burst_count: int = 8,
    added_ns: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return latencies as the rows of one cell; columns as in :mod:`bench.store.schema`.

    Parameters
    ----------
    arms : mapping of str to ndarray, float64 [blocks, requests]
        Latencies [ns] by arm; the first request of each block is its warm-up.
    burst_count : int
        Requests of the remote arm's burst, two in flight, computed one after the other.
    added_ns : mapping of str to float, optional
        Time put into parts of remote requests, besides ``WAY_NS`` and ``decode``.
    """
    frames = []
    for arm, latency in arms.items():
        end = latency.cumsum(axis=1)
        phase = np.where(np.arange(latency.shape[1]), "latency", "warmup")
        frames.append(_rows(arm, phase, end - latency, end, added_ns or {}))
        if arm == "remote":
            service = latency[:, np.arange(burst_count) % latency.shape[1]]
            done = end[:, -1:] + service.cumsum(axis=1)
            start = np.hstack([np.repeat(end[:, -1:], 2, axis=1), done[:, :-2]])
            burst = np.full(burst_count, "burst")
            frames.append(_rows(arm, burst, start, done, {}, latency.shape[1]))
    return pd.concat(frames, ignore_index=True)


def _rows(
    arm: str,
    phase: npt.NDArray[np.str_],
    start: Floats,
    end: Floats,
    added_ns: Mapping[str, float],
    first: int = 0,
) -> pd.DataFrame:
    blocks = len(start)
    block, request = (axis.ravel() for axis in np.indices(start.shape))
    rows = pd.DataFrame(
        {
            "block": block + 1,
            "threads": THREADS,
            "batch_size": BATCH_SIZE,
            "arm": arm,
            "phase": np.tile(phase, blocks),
            "in_flight_count": np.tile(np.where(phase == "burst", 2, 1), blocks),
            "request": first + request,
            "outcome": "ok",
            "cpu_ns": np.nan,
            "minor_faults_count": np.nan,
            "payload_bytes": 1,
            "c1_ns": start.ravel().round(),
            "c5_ns": end.ravel().round(),
        }
    )
    part = {name: round(ns + added_ns.get(name, 0.0)) for name, ns in WAY_NS.items()}
    for name in ("c2_ns", "c4_ns", "w1_ns", "w2_ns", "w5_ns"):
        rows[name] = np.nan
    if arm != "remote":
        return rows.assign(w3_ns=rows.c1_ns, w4_ns=rows.c5_ns)
    decode_ns = round(WAY_NS["encode"] + added_ns.get("decode", 0.0))
    c2, c4 = rows.c1_ns + part["encode"], rows.c5_ns - decode_ns
    w1, w5 = c2 + part["way"], c4 - part["back"]
    stamps = {"w1_ns": w1, "w2_ns": w1 + part["queue"], "w4_ns": w5 - part["encode_out"]}
    stamps |= {"w3_ns": stamps["w2_ns"] + part["decode_in"], "w5_ns": w5}
    ahead = {name: stamp + WORKER_CLOCK_NS for name, stamp in stamps.items()}
    return rows.assign(c2_ns=c2, c4_ns=c4, **ahead)


def _log_noise(scenario: Scenario, rng: np.random.Generator, blocks: int, requests: int) -> Floats:
    restart = rng.normal(0, scenario.restart_sd, (blocks, 1))
    if scenario.skewed:
        noise = rng.exponential(scenario.request_sd, (blocks, requests))
    else:
        noise = _neighbourly(rng.normal(0, 1, (blocks, requests)), scenario.autocorrelation)
        noise *= scenario.request_sd
    spikes = rng.random((blocks, requests)) < scenario.spike_fraction
    log_noise: Floats = restart + noise + spikes * np.log(scenario.spike_factor)
    return log_noise


def _neighbourly(white: Floats, correlation: float) -> Floats:
    """Return stationary AR(1) noise of unit variance along the last axis."""
    noise = white.copy()
    for at in range(1, white.shape[1] if correlation else 0):
        fresh = np.sqrt(1 - correlation**2) * white[:, at]
        noise[:, at] = correlation * noise[:, at - 1] + fresh
    return noise
