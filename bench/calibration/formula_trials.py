"""Proof of the formulas: how often each published interval covers a truth that is known.

Small in the tests, in full for a calibration report: the same experiments, seeded.
"""

import math
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from bench.calibration.scenarios import (
    BATCH_SIZE,
    SCENARIOS,
    THREADS,
    Floats,
    Scenario,
    as_samples,
    simulate,
)
from bench.records import Cell
from bench.stats.blocks import reduce_rows
from bench.stats.estimate import Estimate, Quantile
from bench.stats.intervals import estimate_loss, estimate_mean, estimate_value, hodges_lehmann
from bench.stats.loss_scale import LATENCY, THROUGHPUT
from bench.stats.quantile import PROBABILITIES, quantiles
from bench.stats.stopping import pair_half_width
from bench.stats.summary import summarise_blocks
from bench.units import NS_PER_S

FULL_RUNS, FULL_SUMMARIES, EXACT_RUNS = 2000, 1000, 1000
BLOCKS, REQUESTS = 10, 12
QUANTILE_BLOCKS, QUANTILE_REQUESTS = 20, 60
MAX_BLOCKS = 40
DELTA_FRACTION = 0.02
LOSS = 0.03
BLOCK_SD = 0.02
COVERAGE = (0.92, 0.98)
MAX_ALARMS = 0.067
SLOW_NS = 20e6
INJURED_BLOCKS, INJURED_REQUESTS = 20, 4
MIN_POWER = 0.9
_TRUTH_BLOCKS = 40_000
_BATCH_RUNS = 50
_CHANCE = 1e-3
"""How often a small calibration takes a true rate at the edge of its band for one outside it."""
_ARMS = ("latency", "throughput")
_PAIRED = ("latency loss", "latency loss in ns", "Hodges-Lehmann loss", "throughput loss")
_QUANTILES = tuple(f"p{100 * p:g}" for p in PROBABILITIES)
CELL = Cell(batch_size=BATCH_SIZE, threads=THREADS)
INJURIES = {
    "no injury": ("", True),
    "drift of both arms": ("", True),
    "drift of one arm": ("drift", False),
    "slow first request": ("not_steady", True),
}
"""What is done to a run: the flag that must say so, and whether its loss must still be covered."""


class Outcome(NamedTuple):
    """One experiment: how often it came out so, and how often it had to."""

    name: str
    hits: int
    runs: int
    low: int
    high: int

    @property
    def passed(self) -> bool:
        """Whether the hits lie within the band."""
        return self.low <= self.hits <= self.high

    @property
    def proves(self) -> bool:
        """Whether the band could have been missed: not where data carried hardly any quantile."""
        return self.low > 0 or self.high < self.runs


def formula_proofs(runs: int, summaries: int, seed: int) -> list[partial[Iterator[Outcome]]]:
    """Return all of V0, still to be carried out: over ``runs`` runs, on samples ``summaries``."""
    return [
        *(partial(coverage, scenario, runs, seed) for scenario in SCENARIOS),
        partial(decisions, runs, seed),
        *(partial(injured, injury, summaries, seed) for injury in INJURIES),
    ]


def coverage(scenario: Scenario, runs: int, seed: int) -> Iterator[Outcome]:
    """Yield how often each interval covers its truth: 92 to 98 % of runs.

    Two kinds may cover more. Quantiles are conservative, and one that the data cannot carry is
    no run. A drift is no chance to a single arm, whose interval includes it; it cancels in pairs.
    """
    rng = np.random.default_rng([seed, SCENARIOS.index(scenario)])
    truths = _truths(scenario, rng)
    hits, counts = dict.fromkeys(truths, 0), dict.fromkeys(truths, 0)
    for _ in range(runs):
        for name, found in (*_intervals(scenario, rng), *_pooled(scenario, rng)):
            if found is not None and found.low is not None and found.high is not None:
                counts[name] += 1
                hits[name] += found.low <= truths[name] <= found.high
    for name in truths:
        wide = name in _QUANTILES or (scenario.drift and name in _ARMS)
        high = 1.0 if wide else COVERAGE[1]
        label = f"{scenario.name}: {name} covered"
        yield banded(label, hits[name], counts[name], COVERAGE[0], high)


def decisions(runs: int, seed: int) -> Iterator[Outcome]:
    """Yield how often differences are seen that are there, or are not, and how a run stops."""
    yield false_alarms(runs, seed)
    yield power(runs, seed)
    yield label_blindness(runs, seed)


def false_alarms(runs: int, seed: int) -> Outcome:
    """Return how often two equal arms seem to differ: their 95 % interval excludes zero."""
    return banded("A/A alarms", _detected(runs, seed, loss=0.0), runs, 0, MAX_ALARMS)


def power(runs: int, seed: int) -> Outcome:
    """Return how often a loss of 3 % is seen in 10 blocks with a spread of 2 %."""
    return banded("3 % detected", _detected(runs, seed, loss=LOSS), runs, MIN_POWER, 1)


def injured(injury: str, runs: int, seed: int) -> Iterator[Outcome]:
    """Yield how often the summary of an injured run's samples still covers, and says so.

    A drift of both arms cancels in their ratio; one of a single arm is flagged. A first request
    that is 20 ms late is no warm-up here, and raises the flag of unequal halves.
    """
    rng = np.random.default_rng([seed, 400 + list(INJURIES).index(injury)])
    flag, must_cover = INJURIES[injury]
    covered = flagged = 0
    for first in range(1, 1 + runs, _BATCH_RUNS):
        # Each run is a cell of its own: no estimate of a cell depends on another one.
        numbers = range(first, min(first + _BATCH_RUNS, 1 + runs))
        samples = pd.concat(_injured_samples(injury, rng).assign(threads=n) for n in numbers)
        cells = [Cell(batch_size=BATCH_SIZE, threads=n) for n in numbers]
        for cell in summarise_blocks(reduce_rows(samples), cells).cells:
            covered += covers(cell.latency_loss_percent, LATENCY.to_percent(LOSS))
            flagged += flag in cell.flags
    if must_cover:
        yield banded(f"{injury}: latency loss covered", covered, runs, *COVERAGE)
    if flag:
        yield banded(f"{injury}: flagged {flag}", flagged, runs, MIN_POWER, 1.0)


def label_blindness(runs: int, seed: int) -> Outcome:
    """Return how often a run stops at the same block when its arms change names: always."""
    rng = np.random.default_rng([seed, 300])
    adaptive = next(scenario for scenario in SCENARIOS if scenario.adaptive)
    hits = 0
    for _ in range(runs):
        local, remote = simulate(adaptive, rng, MAX_BLOCKS, REQUESTS, LOSS)
        swapped = rng.random(MAX_BLOCKS)[:, None] < rng.integers(2)
        arms = np.where(swapped, remote, local), np.where(swapped, local, remote)
        hits += stop_block(local, remote) == stop_block(*arms)
    return Outcome("stop blind to labels", hits, runs, runs, runs)


def stop_block(local: Floats, remote: Floats) -> int:
    """Return after how many blocks the stopping rule ends a run of [blocks, requests]."""
    first, second = np.median(local, axis=1), np.median(remote, axis=1)
    for blocks in range(1, len(first)):
        half_width = pair_half_width(first[:blocks], second[:blocks])
        if half_width is not None and half_width <= DELTA_FRACTION:
            return blocks
    return len(first)


def _intervals(
    scenario: Scenario, rng: np.random.Generator
) -> Iterator[tuple[str, Estimate | None]]:
    blocks = MAX_BLOCKS if scenario.adaptive else BLOCKS
    local, remote = simulate(scenario, rng, blocks, REQUESTS, LOSS)
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


def _injured_samples(injury: str, rng: np.random.Generator) -> pd.DataFrame:
    plain = Scenario("plain", restart_sd=0.01, request_sd=0.01)
    local, remote = simulate(plain, rng, INJURED_BLOCKS, 1 + INJURED_REQUESTS, LOSS)
    drift = np.exp(np.linspace(-0.1, 0.1, INJURED_BLOCKS))[:, None]
    if injury == "drift of both arms":
        local, remote = local * drift, remote * drift
    elif injury == "drift of one arm":
        remote = remote * drift
    elif injury == "slow first request":
        local[:, 1] += SLOW_NS
        remote[:, 1] += SLOW_NS
    return as_samples({"local": local, "remote": remote})


def _pooled(scenario: Scenario, rng: np.random.Generator) -> Iterator[tuple[str, Quantile]]:
    _, remote = simulate(scenario, rng, QUANTILE_BLOCKS, QUANTILE_REQUESTS, LOSS)
    yield from zip(_QUANTILES, quantiles(list(remote)), strict=True)


def _truths(scenario: Scenario, rng: np.random.Generator) -> dict[str, float]:
    """Return what the intervals should cover: from the definition, or from very many blocks."""
    _, remote = simulate(scenario, rng, _TRUTH_BLOCKS, REQUESTS, LOSS)
    medians = np.median(remote, axis=1)
    percent = LATENCY.to_percent(LOSS)
    return {
        "latency": float(np.exp(np.log(medians).mean())),
        "throughput": float(np.exp(np.log(_throughput(remote)).mean())),
        "latency loss": percent,
        "latency loss in ns": float(medians.mean()) * -float(np.expm1(-LOSS)),
        "Hodges-Lehmann loss": percent,
        "throughput loss": THROUGHPUT.to_percent(LOSS),
        **{
            name: float(np.quantile(remote, probability))
            for name, probability in zip(_QUANTILES, PROBABILITIES, strict=True)
        },
    }


def _throughput(arm: Floats) -> Floats:
    """Return the images per second of segments of one image after the other."""
    ips: Floats = arm.shape[1] * NS_PER_S / arm.sum(axis=1)
    return ips


def _detected(runs: int, seed: int, loss: float) -> int:
    rng = np.random.default_rng([seed, 200])
    hits = 0
    for _ in range(runs):
        local = pd.Series(np.ones(BLOCKS))
        remote = pd.Series(np.exp(rng.normal(loss, BLOCK_SD, BLOCKS)))
        hits += not covers(estimate_loss(local, remote, LATENCY), 0.0)
    return hits


def covers(found: Estimate | None, truth: float) -> bool:
    """Return whether an interval, which must be there, covers the truth."""
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high


def banded(
    name: str, hits: int, runs: int, low: float, high: float, exact_runs: int = EXACT_RUNS
) -> Outcome:
    """Return an outcome that passes at rates between ``low`` and ``high``.

    Below ``exact_runs`` chance moves a rate too far; the band is then what a true rate at its
    edges may well show.
    """
    if runs >= exact_runs:
        return Outcome(name, hits, runs, math.ceil(low * runs), math.floor(high * runs))
    fewest = stats.binom.ppf(_CHANCE, runs, low)
    most = stats.binom.ppf(1 - _CHANCE, runs, high)
    return Outcome(name, hits, runs, int(fewest), int(most))
