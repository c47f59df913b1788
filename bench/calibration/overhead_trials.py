"""Proof of overhead and compute difference: their intervals against the programmed values.

The truth is the *programmed median*, not the mean of the drawn times, because a page reports the
median request [1]_.

References
----------
.. [1] METHOD, section 4b.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import cycle

import numpy as np
import pandas as pd

from bench.calibration.formula_trials import cell_summaries
from bench.calibration.hit_rate import COVERAGE, HitRate, banded, covers
from bench.calibration.machine import Machine, Noise, Times, simulate_arms
from bench.calibration.overhead_scenarios import (
    BLOCK_COUNTS,
    FAMILIES,
    HOST_SDS,
    OVERHEAD_SCENARIOS,
    ROW_SCENARIOS,
    SMALL_BATCH,
    Family,
    OverheadScenario,
)
from bench.calibration.truth import programmed
from bench.records import Cell, CellLengths
from bench.stats.cells import Overhead
from bench.stats.columns import Floats
from bench.stats.estimate import Estimate
from bench.stats.overhead import Arms, decide_overheads, estimate_overhead, pool_overheads
from bench.stats.pooled import pooled_name
from bench.stats.verdict_words import COSTS, NEGLIGIBLE
from bench.units import PERCENT

POWER_RUNS = 150
"""Each has 14 cells, and so 14 chances to call one of them ``costs``."""
COSTLY_PERCENT, CHEAP_PERCENT = 3.0, 1.0
MIN_NEGLIGIBLE = 0.9
CELLS = tuple(
    Cell(batch_size=2**power, threads=threads) for threads in (1, 2) for power in range(7)
)
SHARED_SD = 0.4
"""Spread of the noise that all cells of a block share, as a fraction of the host noise: as large
as in the stored runs."""
JudgedOverhead = tuple[Overhead, str]


def overhead_proofs(runs: int, summaries: int, seed: int) -> list[partial[Iterator[HitRate]]]:
    """Return the proofs of overhead and compute difference, still to be carried out.

    Parameters
    ----------
    runs : int
        Runs of each experiment on a single cell whose times are not made into rows.
    summaries : int
        Runs of each other experiment; one on power has at most ``POWER_RUNS``.
    seed : int
        Seed of all random numbers.
    """
    return [
        *(partial(coverage, scenario, runs, seed) for scenario in OVERHEAD_SCENARIOS),
        *(partial(coverage_of_rows, name, summaries, seed) for name in ROW_SCENARIOS),
        *(partial(pooled_coverage, blocks, summaries, seed) for blocks in BLOCK_COUNTS),
        *(partial(power, family, min(summaries, POWER_RUNS), seed) for family in FAMILIES),
    ]


def coverage(scenario: OverheadScenario, runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often the intervals of a cell cover, and how often equal arms get ``costs``.

    Equal arms are a family of one cell, so that no adjustment changes the verdict.

    Parameters
    ----------
    scenario : OverheadScenario
        The machine, and its expected results.
    runs : int
        How many runs are simulated with each of ``BLOCK_COUNTS``.
    seed : int
        Seed of all random numbers.
    """
    for blocks in BLOCK_COUNTS:
        rng = np.random.default_rng([seed, blocks, *scenario.name.encode()])
        estimates = (_judge_run(scenario, blocks, rng) for _ in range(runs))
        yield from _hit_rates(scenario, f"{scenario.name}, {blocks} blocks", estimates, runs)


def coverage_of_rows(name: str, runs: int, seed: int) -> Iterator[HitRate]:
    """Yield the same as :func:`coverage`, for whole summaries that are made from rows.

    Parameters
    ----------
    name : str
        A key of ``ROW_SCENARIOS``.
    runs : int
        How many runs are simulated.
    seed : int
        Seed of all random numbers.
    """
    (scenario,) = (each for each in OVERHEAD_SCENARIOS if each.name == name)
    blocks = ROW_SCENARIOS[name]
    rng = np.random.default_rng([seed, 0, *name.encode()])
    cells = cell_summaries(scenario.machine, scenario.lengths, blocks, runs, rng)
    estimates = ((cell.overhead, cell.overhead_verdict) for cell in cells)
    yield from _hit_rates(scenario, f"{name}, rows of {blocks} blocks", estimates, runs)


def pooled_coverage(blocks: int, runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often the compute difference of all cells, or of a thread count, covers.

    The noise of the host is each of ``HOST_SDS`` in turn.

    Parameters
    ----------
    blocks : int
        Blocks of each run.
    runs : int
        How many runs are simulated, each with all of ``CELLS``.
    seed : int
        Seed of all random numbers.
    """
    rng = np.random.default_rng([seed, blocks, len(CELLS)])
    hits: Counter[int | None] = Counter()
    for _, host_sd in zip(range(runs), cycle(HOST_SDS), strict=False):
        machine = Machine(computing=Noise(segment_sd=host_sd, request_sd=0.02))
        truth = programmed(machine, SMALL_BATCH).compute_difference_percent
        pooled = pool_overheads(_cells(machine, blocks, rng))
        for threads in (None, 1, 2):
            hits[threads] += covers(pooled[pooled_name("compute_difference", threads)], truth)
    label = f"pooled, {blocks} blocks: compute difference of"
    yield banded(f"{label} 14 cells covered", hits[None], runs, *COVERAGE)
    yield banded(f"{label} 7 cells covered", hits[1] + hits[2], 2 * runs, *COVERAGE)


def power(family: Family, runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often 3 % is called ``costs`` and 1 % ``negligible``, among 14 cells of a run.

    Each cell in turn is at 3 %, and the other 13 at 1 %, as in the stored loopback runs, whose
    cells are nearly all below 2 %. If all 14 cells are at 3 % on loopback, their common
    adjustment lets only 18, 70, 97 and 100 % of them be called ``costs`` with 3, 4, 6 and 10
    blocks.

    Parameters
    ----------
    family : Family
        The machine, the spread of each cell's overhead, and the shares that are expected.
    runs : int
        How many runs are simulated with each of ``BLOCK_COUNTS``.
    seed : int
        Seed of all random numbers.
    """
    for blocks, min_costs in zip(BLOCK_COUNTS, family.min_costs, strict=True):
        rng = np.random.default_rng([seed, blocks, *family.name.encode()])
        hits: Counter[str] = Counter()
        for _ in range(runs):
            cheap, costly = (
                _shares(family, p, blocks, rng) for p in (CHEAP_PERCENT, COSTLY_PERCENT)
            )
            hits[NEGLIGIBLE] += decide_overheads(cheap).count(NEGLIGIBLE)
            for at, one in enumerate(costly):
                hits[COSTS] += decide_overheads([*cheap[:at], one, *cheap[1 + at :]])[at] == COSTS
        total, label = runs * len(family.block_sds), f"{family.name}, {blocks} blocks"
        yield banded(f"{label}: 3 % called costs", hits[COSTS], total, min_costs, 1.0)
        yield banded(
            f"{label}: 1 % called negligible", hits[NEGLIGIBLE], total, MIN_NEGLIGIBLE, 1.0
        )


def block_values(times: Times) -> pd.DataFrame:
    """Return the values of the latency requests of an arm, by block.

    Parameters
    ----------
    times : Times, float64 [blocks, requests]
        The first request of each block is its warm-up.

    Returns
    -------
    DataFrame
        Indexed by ``block``, from 1: the medians ``latency_ns``, ``overhead_ns`` and
        ``median_compute_ns``; ``waiting_fraction`` and ``overlapped_compute_ns`` are NaN.
    """
    medians = {
        "latency_ns": times.latency,
        "overhead_ns": times.overhead,
        "median_compute_ns": times.compute,
    }
    values = {name: np.median(each[:, 1:], axis=1) for name, each in medians.items()}
    unknown = dict.fromkeys(("waiting_fraction", "overlapped_compute_ns"), np.nan)
    blocks = pd.RangeIndex(1, 1 + len(times.compute), name="block")
    return pd.DataFrame(values | unknown, blocks)


def with_overhead(machine: Machine, percent: float) -> Machine:
    """Return a machine with this additional overhead, in percent of its local latency."""
    local_ns = machine.compute_ns + machine.local_overhead_ns
    added_ns = local_ns * percent / PERCENT
    return replace(machine, overhead_ns=machine.local_overhead_ns + added_ns)


def _judge_run(scenario: OverheadScenario, blocks: int, rng: np.random.Generator) -> JudgedOverhead:
    overhead = _overhead(scenario.machine, blocks, scenario.lengths, rng)
    return overhead, decide_overheads([overhead.overhead_percent])[0]


def _overhead(
    machine: Machine, blocks: int, lengths: CellLengths, rng: np.random.Generator
) -> Overhead:
    local, remote = simulate_arms(machine, rng, blocks, lengths)
    return estimate_overhead(block_values(local), block_values(remote))


def _hit_rates(
    scenario: OverheadScenario, label: str, estimates: Iterable[JudgedOverhead], runs: int
) -> Iterator[HitRate]:
    truth = programmed(scenario.machine, scenario.lengths)
    overhead = compute = costs = 0
    for estimate, verdict in estimates:
        overhead += covers(estimate.overhead_ns, truth.overhead_ns)
        compute += covers(estimate.compute_difference_percent, truth.compute_difference_percent)
        costs += verdict == COSTS
    high = 1.0 if scenario.wide else COVERAGE[1]
    yield banded(f"{label}: overhead covered", overhead, runs, COVERAGE[0], high)
    yield banded(f"{label}: compute difference covered", compute, runs, *COVERAGE)
    if scenario.equal:
        yield banded(f"{label}: called costs", costs, runs, 0.0, 0.0)


def _cells(machine: Machine, blocks: int, rng: np.random.Generator) -> dict[Cell, Arms]:
    """Return the values of all cells; in each block, they share a part of their noise."""
    spread = SHARED_SD * machine.computing.segment_sd
    shared = np.exp(spread * rng.normal(size=(blocks, 1)))
    return {cell: _arms(machine, shared, rng) for cell in CELLS}


def _arms(machine: Machine, shared: Floats, rng: np.random.Generator) -> Arms:
    local, remote = simulate_arms(machine, rng, len(shared), SMALL_BATCH)
    remote = remote._replace(compute=remote.compute * shared)
    return {"local": block_values(local), "remote": block_values(remote)}


def _shares(
    family: Family, percent: float, blocks: int, rng: np.random.Generator
) -> list[Estimate | None]:
    """Return the overhead of each cell [percent], where all are programmed to have the same."""
    machine = with_overhead(family.machine, percent)
    return [
        _overhead(
            replace(machine, overhead=replace(machine.overhead, segment_sd=sd)),
            blocks,
            SMALL_BATCH,
            rng,
        ).overhead_percent
        for sd in family.block_sds
    ]
