"""Proof of the formulas: how often each published interval covers a known truth.

The tests run the same seeded experiments as a calibration report, with fewer runs.
"""

import math
from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from bench.calibration.hit_rate import COVERAGE, HitRate, banded, covers
from bench.calibration.machine import Machine, Noise, simulate, simulate_arms
from bench.calibration.rows import CELL, as_samples
from bench.calibration.scenarios import FAULTS, LOSS, SCENARIOS, Scenario
from bench.calibration.truth import truth_of
from bench.records import MIN_EFFECT_FRACTION, Cell, CellLengths, SegmentLength
from bench.stats.blocks import reduce_blocks
from bench.stats.cells import CellSummary
from bench.stats.columns import Floats
from bench.stats.estimate import Estimate, Quantile
from bench.stats.intervals import estimate_loss, estimate_mean, estimate_value, hodges_lehmann
from bench.stats.loss_scale import LATENCY, THROUGHPUT
from bench.stats.quantile import PROBABILITIES, quantiles
from bench.stats.stopping import pair_half_width
from bench.stats.summary import summarise_blocks
from bench.units import NS_PER_S

FULL_RUNS, FULL_SUMMARIES = 2000, 1000
BLOCKS, REQUESTS = 10, 12
QUANTILE_BLOCKS, QUANTILE_REQUESTS = 20, 60
MAX_BLOCKS = 40
BLOCK_SD = 0.02
MAX_ALARMS = 0.067
FAULT_BLOCKS = 20
FAULT_LENGTHS = CellLengths(
    local=SegmentLength(warmup_count=1, latency_count=4),
    remote=SegmentLength(warmup_count=1, latency_count=4, burst_count=8),
)
MIN_POWER = 0.9
_TRUTH_BLOCKS = 40_000
_BATCH_RUNS = 50
_ARMS = ("latency", "throughput")
_PAIRED = ("latency loss", "latency loss in ns", "Hodges-Lehmann loss", "throughput loss")
_QUANTILES = tuple(f"p{100 * p:g}" for p in PROBABILITIES)


def formula_proofs(runs: int, summaries: int, seed: int) -> list[partial[Iterator[HitRate]]]:
    """Return the proofs of the formulas, still to be carried out.

    Parameters
    ----------
    runs : int
        Runs of each experiment on coverage and on decisions.
    summaries : int
        Runs of each experiment on a fault, whose samples are summarised.
    seed : int
        Seed of all random numbers.
    """
    return [
        *(partial(coverage, scenario, runs, seed) for scenario in SCENARIOS),
        partial(decisions, runs, seed),
        *(partial(runs_with_fault, fault, summaries, seed) for fault in FAULTS),
    ]


def coverage(scenario: Scenario, runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often each interval covers its truth: 92 to 98 % of runs.

    Two kinds may cover more. Quantiles are conservative, and a run without enough data for one is
    not counted. The interval of a single arm includes the drift as if it were random; in pairs it
    cancels.

    Parameters
    ----------
    scenario : Scenario
        One of ``SCENARIOS``.
    runs : int
        How many runs are simulated.
    seed : int
        Seed of all random numbers.
    """
    rng = np.random.default_rng([seed, SCENARIOS.index(scenario)])
    truths = _truths(scenario.machine, rng)
    hits, counts = dict.fromkeys(truths, 0), dict.fromkeys(truths, 0)
    for _ in range(runs):
        for name, estimate in (*_intervals(scenario, rng), *_pooled(scenario.machine, rng)):
            if estimate is not None and estimate.low is not None and estimate.high is not None:
                counts[name] += 1
                hits[name] += estimate.low <= truths[name] <= estimate.high
    for name in truths:
        wide = name in _QUANTILES or (scenario.machine.computing.drift_per_s and name in _ARMS)
        high = 1.0 if wide else COVERAGE[1]
        label = f"{scenario.name}: {name} covered"
        yield banded(label, hits[name], counts[name], COVERAGE[0], high)


def decisions(runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often a difference is detected, with one and without, and how a run stops."""
    yield false_alarms(runs, seed)
    yield power(runs, seed)
    yield label_blindness(runs, seed)


def false_alarms(runs: int, seed: int) -> HitRate:
    """Return how often two equal arms seem to differ: their 95 % interval excludes zero."""
    return banded("A/A alarms", _detected(runs, seed, loss=0.0), runs, 0, MAX_ALARMS)


def power(runs: int, seed: int) -> HitRate:
    """Return how often a loss of 3 % is seen in 10 blocks with a spread of 2 %."""
    return banded("3 % detected", _detected(runs, seed, loss=LOSS), runs, MIN_POWER, 1)


def runs_with_fault(name: str, runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often the summary of a run on a faulty machine still covers, and flags the fault.

    A drift of both arms cancels in their ratio; one of a single arm is flagged. A first request
    that is 20 ms late is no warm-up here, and raises the flag of unequal halves.

    Parameters
    ----------
    name : str
        A key of ``FAULTS``.
    runs : int
        How many runs are simulated.
    seed : int
        Seed of all random numbers.
    """
    rng = np.random.default_rng([seed, 400 + list(FAULTS).index(name)])
    machine, flag, must_cover = FAULTS[name]
    truth = truth_of(machine, FAULT_LENGTHS).latency_loss_percent
    covered = flagged = 0
    for cell in cell_summaries(machine, FAULT_LENGTHS, FAULT_BLOCKS, runs, rng):
        covered += covers(cell.latency_loss_percent, truth)
        flagged += flag in cell.flags
    if must_cover:
        yield banded(f"{name}: latency loss covered", covered, runs, *COVERAGE)
    if flag:
        yield banded(f"{name}: flagged {flag}", flagged, runs, MIN_POWER, 1.0)


def cell_summaries(
    machine: Machine, lengths: CellLengths, blocks: int, runs: int, rng: np.random.Generator
) -> Iterator[CellSummary]:
    """Yield the summary of each of several runs on one machine, made of the rows of its samples.

    Parameters
    ----------
    lengths : CellLengths
        The number of warm-up requests is ignored: it is always one.
    """
    for numbers in batches(runs):
        # Each run is a cell of its own: no estimate of a cell depends on another one.
        samples = pd.concat(
            _samples(machine, lengths, blocks, rng).assign(threads=n) for n in numbers
        )
        cells = [Cell(batch_size=CELL.batch_size, threads=n) for n in numbers]
        yield from summarise_blocks(reduce_blocks([samples]), cells).cells


def batches(runs: int) -> Iterator[range]:
    """Yield the numbers of the runs, from 1, in batches for which one summary is fast."""
    for first in range(1, 1 + runs, _BATCH_RUNS):
        yield range(first, min(first + _BATCH_RUNS, 1 + runs))


def label_blindness(runs: int, seed: int) -> HitRate:
    """Return how often a run stops at the same block when its arms change names: always."""
    rng = np.random.default_rng([seed, 300])
    adaptive = next(scenario for scenario in SCENARIOS if scenario.adaptive)
    hits = 0
    for _ in range(runs):
        local, remote = _latencies(adaptive.machine, rng, MAX_BLOCKS)
        swapped = rng.random(MAX_BLOCKS)[:, None] < rng.integers(2)
        arms = np.where(swapped, remote, local), np.where(swapped, local, remote)
        hits += stop_block(local, remote) == stop_block(*arms)
    return HitRate("stop blind to labels", hits, runs, runs, runs)


def stop_block(local: Floats, remote: Floats) -> int:
    """Return after how many blocks the stopping rule ends a run.

    Parameters
    ----------
    local, remote : ndarray, float64 [blocks, requests]
        Latencies of each arm [ns].
    """
    first, second = np.median(local, axis=1), np.median(remote, axis=1)
    for blocks in range(1, len(first)):
        half_width = pair_half_width(first[:blocks], second[:blocks])
        if half_width is not None and half_width <= MIN_EFFECT_FRACTION:
            return blocks
    return len(first)


def _intervals(
    scenario: Scenario, rng: np.random.Generator
) -> Iterator[tuple[str, Estimate | None]]:
    blocks = MAX_BLOCKS if scenario.adaptive else BLOCKS
    local, remote = _latencies(scenario.machine, rng, blocks)
    if scenario.adaptive:
        blocks = stop_block(local, remote)
        local, remote = local[:blocks], remote[:blocks]
    medians, remote_medians = (pd.Series(np.median(arm, axis=1)) for arm in (local, remote))
    ips, remote_ips = (pd.Series(_throughput(arm)) for arm in (local, remote))
    yield from zip(
        (*_ARMS, *_PAIRED),
        (
            estimate_value(remote_medians),
            estimate_value(remote_ips),
            estimate_loss(medians, remote_medians, LATENCY),
            estimate_mean(remote_medians - medians),
            estimate_loss(medians, remote_medians, LATENCY, hodges_lehmann),
            estimate_loss(ips, remote_ips, THROUGHPUT),
        ),
        strict=True,
    )


def _latencies(
    machine: Machine, rng: np.random.Generator, blocks: int, requests: int = REQUESTS
) -> tuple[Floats, Floats]:
    local, remote = simulate(machine, rng, blocks, requests)
    return local.latency, remote.latency


def _samples(
    machine: Machine, lengths: CellLengths, blocks: int, rng: np.random.Generator
) -> pd.DataFrame:
    local, remote = simulate_arms(machine, rng, blocks, lengths)
    overheads = {"local": local.overhead, "remote": remote.overhead}
    latencies = {"local": local.latency, "remote": remote.latency}
    return as_samples(latencies, overheads, burst_count=lengths.remote.burst_count)


def _pooled(machine: Machine, rng: np.random.Generator) -> Iterator[tuple[str, Quantile]]:
    _, remote = _latencies(machine, rng, QUANTILE_BLOCKS, QUANTILE_REQUESTS)
    yield from zip(_QUANTILES, quantiles(list(remote)), strict=True)


def _truths(machine: Machine, rng: np.random.Generator) -> dict[str, float]:
    """Return what the intervals should cover, by the definitions, over very many blocks."""
    arms = _latencies(machine, rng, _TRUTH_BLOCKS)
    medians, remote_medians = (np.median(arm, axis=1) for arm in arms)
    ips, remote_ips = (_throughput(arm) for arm in arms)
    percent = LATENCY.to_percent(float(np.log(remote_medians / medians).mean()))
    return {
        "latency": float(np.exp(np.log(remote_medians).mean())),
        "throughput": float(np.exp(np.log(remote_ips).mean())),
        "latency loss": percent,
        "latency loss in ns": float((remote_medians - medians).mean()),
        "Hodges-Lehmann loss": percent,
        "throughput loss": THROUGHPUT.to_percent(float(np.log(ips / remote_ips).mean())),
        **dict(zip(_QUANTILES, np.quantile(arms[1], PROBABILITIES).tolist(), strict=True)),
    }


def _throughput(arm: Floats) -> Floats:
    """Return the images per second of segments of one image after the other."""
    ips: Floats = arm.shape[1] * NS_PER_S / arm.sum(axis=1)
    return ips


def _detected(runs: int, seed: int, loss: float) -> int:
    rng = np.random.default_rng([seed, 200])
    noise = Noise(segment_sd=BLOCK_SD / math.sqrt(2))
    machine = Machine(computing=noise, slower=loss, overhead_ns=0.0, local_overhead_ns=0.0)
    hits = 0
    for _ in range(runs):
        local, remote = (pd.Series(arm.ravel()) for arm in _latencies(machine, rng, BLOCKS, 1))
        hits += not covers(estimate_loss(local, remote, LATENCY), 0.0)
    return hits
