"""V1: the whole tool in virtual time, and how often a run finds the truth and flags a fault."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench import config
from bench.calibration.findings import (
    CALLED_COSTS,
    COMPUTE_COVERED,
    DIFFERS,
    IPS_COVERED,
    LOSS_COVERED,
    NS_COVERED,
    OVERHEAD_COVERED,
    STRETCH_COVERED,
    WAITING_COVERED,
    answers,
    as_shown,
    findings,
)
from bench.calibration.formula_trials import (
    BLOCK_SD,
    BLOCKS,
    MAX_ALARMS,
    MAX_BLOCKS,
    MIN_POWER,
    batches,
)
from bench.calibration.hit_rate import COVERAGE, HitRate, banded
from bench.calibration.machine import Machine, Noise, with_drift
from bench.calibration.rows import as_rows
from bench.calibration.scenarios import LATE_NS, LOSS
from bench.calibration.stamps import OVERHEAD_NS
from bench.calibration.truth import programmed, truth_of
from bench.calibration.virtual_run import virtual_blocks
from bench.records import MIN_EFFECT_FRACTION, Cell, Experiment, Sample
from bench.stats.blocks import reduce_blocks
from bench.stats.comparison import compare_runs
from bench.stats.estimate import MIN_VERDICT_BLOCKS
from bench.stats.stopping import ADAPTIVE_QUANTILE, decisions
from bench.stats.summary import summarise_blocks
from bench.stats.verdict_words import FASTER, SLOWER

FULL_RUNS, POWER_RUNS = 1000, 400
BATCH_SIZE = 2
"""A batch size without controls, since an idle arm waits in real time."""
CHANGED = "called slower or faster"
DRIFT_PER_S = 0.0025
"""Over the 20 blocks of a trial, of about 2 s each, latency grows by a tenth."""
_STEADY = Machine(computing=Noise(segment_sd=0.01, request_sd=0.01))
_EQUAL = Machine(slower=0.0, local_overhead_ns=OVERHEAD_NS)


class Trial(NamedTuple):
    """Runs on one machine, and for each finding the share of runs in which it must hold."""

    name: str
    machine: Machine
    bands: Mapping[str, tuple[float, float]]
    blocks: int = BLOCKS
    batch_size: int = BATCH_SIZE
    runs: int = FULL_RUNS


TRIALS = (
    Trial(
        "restarts, requests and spikes vary",
        Machine(
            computing=Noise(
                segment_sd=0.02, request_sd=0.02, spike_fraction=0.03, spike_factor=2.0
            ),
            overhead=Noise(
                segment_sd=0.1, request_sd=0.1, skew=0.1, spike_fraction=0.03, spike_factor=5.0
            ),
        ),
        dict.fromkeys(
            (LOSS_COVERED, NS_COVERED, IPS_COVERED, OVERHEAD_COVERED, COMPUTE_COVERED), COVERAGE
        ),
    ),
    Trial(
        "equal arms",
        _EQUAL,
        {
            DIFFERS: (0.0, MAX_ALARMS),
            CALLED_COSTS: (0.0, 0.0),
            OVERHEAD_COVERED: (COVERAGE[0], 1.0),
            **dict.fromkeys((COMPUTE_COVERED, WAITING_COVERED, STRETCH_COVERED), COVERAGE),
        },
    ),
    Trial(
        "3 % slower",
        replace(
            _EQUAL,
            slower=LOSS,
            computing=Noise(segment_sd=BLOCK_SD / 2**0.5, request_sd=0.005),
        ),
        {DIFFERS: (MIN_POWER, 1.0)},
        runs=POWER_RUNS,
    ),
    Trial("both arms drift", with_drift(_STEADY, DRIFT_PER_S), {LOSS_COVERED: COVERAGE}, blocks=20),
    Trial(
        "the worker drifts",
        replace(_STEADY, worker_drift_per_s=2 * DRIFT_PER_S),
        {"flagged drift": (MIN_POWER, 1.0)},
        blocks=20,
    ),
    Trial(
        "first request 20 ms late",
        replace(_STEADY, late_ns=LATE_NS),
        {LOSS_COVERED: COVERAGE, "flagged not_steady": (MIN_POWER, 1.0)},
    ),
)


_STOPPED = Trial("stop by width", Machine(), {})
_COMPARED = (
    Trial("compare, a first run", _STEADY, {}),
    Trial(
        "compare, another run of the same machine",
        _STEADY,
        {CHANGED: (0.0, MAX_ALARMS)},
        runs=POWER_RUNS,
    ),
    Trial(
        "compare, a run with a worker 10 % slower",
        replace(_STEADY, slower=_STEADY.slower + 0.1),
        {CHANGED: (MIN_POWER, 1.0)},
        runs=POWER_RUNS,
    ),
)


def virtual_proofs(runs: int, seed: int) -> list[partial[Iterator[HitRate]]]:
    """Return all of V1, each experiment with at most ``runs`` runs, still to be carried out."""
    trials = [partial(try_out, trial, runs, seed) for trial in TRIALS]
    return [*trials, partial(stop_by_width, runs, seed), partial(compare_pairs, runs, seed)]


def try_out(trial: Trial, runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often the whole tool finds on a machine what it should find.

    Parameters
    ----------
    trial : Trial
        The machine, and the findings that have a band.
    runs : int
        How many runs are made; never more than ``trial.runs``.
    seed : int
        Seed of all random numbers.
    """
    runs = min(runs, trial.runs)
    lengths = one_cell(1, trial.batch_size).lengths[0]
    truth, median = truth_of(trial.machine, lengths), programmed(as_shown(trial.machine), lengths)
    hits: Counter[str] = Counter()
    for numbers in batches(runs):
        rows = virtual_runs(trial, numbers, seed)
        summary = summarise_blocks(reduce_blocks([rows]), _cells(trial, numbers))
        for cell in summary.cells:
            results = findings(cell, truth) | answers(cell, summary.pooled, median)
            hits.update(name for name, holds in results.items() if holds)
    for name, (low, high) in trial.bands.items():
        label = f"{trial.name}: {name}"
        yield banded(label, hits[name], runs, low, high, exact_runs=trial.runs)


def stop_by_width(runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often a run that ends by its width covers, and ends alike with swapped arms."""
    truth = truth_of(_STOPPED.machine, one_cell(1).lengths[0])
    alike = covered = 0
    for numbers in batches(runs):
        rows, alike_count = _until_narrow(numbers, seed)
        alike += alike_count
        cells = summarise_blocks(
            reduce_blocks([rows]), _cells(_STOPPED, numbers), level=ADAPTIVE_QUANTILE
        ).cells
        covered += sum(findings(cell, truth)[LOSS_COVERED] for cell in cells)
    name = _STOPPED.name
    yield HitRate(f"{name}: after the same block with swapped arms", alike, runs, runs, runs)
    yield banded(f"{name}: {LOSS_COVERED}", covered, runs, *COVERAGE)


def compare_pairs(runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often a comparison of two runs reports a change, without one and with one."""
    runs = min(runs, POWER_RUNS)
    hits: Counter[str] = Counter()
    for numbers in batches(runs):
        first, *others = (
            reduce_blocks([virtual_runs(t, numbers, seed)]).segments for t in _COMPARED
        )
        for trial, values in zip(_COMPARED[1:], others, strict=True):
            for number in numbers:
                a, b = (each[each.index.isin([number], "threads")] for each in (first, values))
                changes = compare_runs(a, b, (None, None)).changes
                hits[trial.name] += any(change.verdict in (SLOWER, FASTER) for change in changes)
    for trial in _COMPARED[1:]:
        name, (low, high) = f"{trial.name}: {CHANGED}", trial.bands[CHANGED]
        yield banded(name, hits[trial.name], runs, low, high, exact_runs=trial.runs)


def one_cell(number: int, batch_size: int = BATCH_SIZE) -> Experiment:
    """Return the standard experiment of one cell; its number is also its seed.

    Its thread count is the number of the run, so that runs can be summarised together, each as
    a cell: no estimate of a cell depends on another one.
    """
    return config.make_experiment(
        budget=config.make_budget("standard"),
        core_count=number,
        model="stub:100",
        image_size=config.IMAGE_SIZES.start,
        batch_sizes=str(batch_size),
        threads=str(number),
        seed=number,
    )


def virtual_runs(trial: Trial, numbers: Iterable[int], seed: int) -> pd.DataFrame:
    """Return the rows of runs on one machine; the thread count is the number of the run.

    Columns are those of :mod:`bench.store.schema`.

    Parameters
    ----------
    trial : Trial
        The machine, the batch size, and the number of blocks of each run.
    numbers : iterable of int
        Number of each run, which is its thread count as well.
    seed : int
        Seed of all random numbers.
    """
    blocks = (islice(_blocks(trial, number, seed), trial.blocks) for number in numbers)
    return as_rows(chain.from_iterable(chain.from_iterable(blocks)))


def _until_narrow(numbers: Iterable[int], seed: int) -> tuple[pd.DataFrame, int]:
    """Return the rows of runs, each until its intervals are narrow, and how many ended alike.

    A run ends alike if it ends after the same block with its arms swapped.
    """
    streams = {number: _blocks(_STOPPED, number, seed) for number in numbers}
    # One block less than a verdict needs: no run can end within these.
    early = (islice(blocks, MIN_VERDICT_BLOCKS - 1) for blocks in streams.values())
    rows = as_rows(chain.from_iterable(chain.from_iterable(early)))
    tables, alike = [], 0
    for count in range(MIN_VERDICT_BLOCKS, 1 + MAX_BLOCKS):
        rows = pd.concat([rows, as_rows(chain.from_iterable(map(next, streams.values())))])
        swapped = rows.assign(arm=rows.arm.map({"local": "remote", "remote": "local"}))
        precise, precise_swapped = _precise(rows), _precise(swapped)
        stop_numbers = streams.keys() if count == MAX_BLOCKS else precise | precise_swapped
        alike += len(stop_numbers - (precise ^ precise_swapped))
        tables.append(rows[rows.threads.isin(stop_numbers)])
        rows = rows[~rows.threads.isin(stop_numbers)]
        streams = {n: blocks for n, blocks in streams.items() if n not in stop_numbers}
        if not streams:
            break
    return pd.concat(tables), alike


def _precise(rows: pd.DataFrame) -> set[int]:
    decided = decisions(reduce_blocks([rows]).segments, MIN_EFFECT_FRACTION)
    return {decision.cell.threads for decision in decided if decision.precise}


def _blocks(trial: Trial, number: int, seed: int) -> Iterator[list[Sample]]:
    rng = np.random.default_rng([seed, *trial.name.encode(), number])
    return virtual_blocks(trial.machine, one_cell(number, trial.batch_size), rng)


def _cells(trial: Trial, numbers: Iterable[int]) -> list[Cell]:
    return [Cell(batch_size=trial.batch_size, threads=number) for number in numbers]
