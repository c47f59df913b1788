"""V1, the whole tool in virtual time: how often a run finds the truth, and says what is wrong."""

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
    COVERAGE,
    MAX_ALARMS,
    MAX_BLOCKS,
    MIN_POWER,
    Outcome,
    banded,
    batches,
)
from bench.calibration.machine import OVERHEAD_NS, Machine, Noise, with_drift
from bench.calibration.rows import as_rows
from bench.calibration.scenarios import LATE_NS, LOSS
from bench.calibration.truth import programmed, truth_of
from bench.calibration.virtual_run import virtual_blocks
from bench.records import MIN_EFFECT_FRACTION, Cell, Experiment, Sample
from bench.stats.blocks import reduce_blocks
from bench.stats.comparison import compare_runs
from bench.stats.estimate import (
    FASTER,
    MIN_VERDICT_BLOCKS,
    SLOWER,
)
from bench.stats.stopping import ADAPTIVE_QUANTILE, decisions
from bench.stats.summary import summarise_blocks

FULL_RUNS, POWER_RUNS = 1000, 400
BATCH_SIZE = 2
"""None of those that have controls: an idle arm waits in real time."""
CHANGED = "called slower or faster"
DRIFT_PER_S = 0.0025
"""Over the 20 blocks of a trial, of about 2 s each, latency grows by a tenth."""
_STEADY = Machine(computing=Noise(segment_sd=0.01, request_sd=0.01))
_EQUAL = Machine(slower=0.0, local_overhead_ns=OVERHEAD_NS)


class Trial(NamedTuple):
    """Runs on one machine: of which of their findings how large a share must hold."""

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


def virtual_proofs(runs: int, seed: int) -> list[partial[Iterator[Outcome]]]:
    """Return all of V1, each experiment with at most ``runs`` runs, still to be carried out."""
    tried = [partial(try_out, trial, runs, seed) for trial in TRIALS]
    return [*tried, partial(stop_by_width, runs, seed), partial(compare_pairs, runs, seed)]


def try_out(trial: Trial, runs: int, seed: int) -> Iterator[Outcome]:
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
            found = findings(cell, truth) | answers(cell, summary.pooled, median)
            hits.update(name for name, held in found.items() if held)
    for name, (low, high) in trial.bands.items():
        label = f"{trial.name}: {name}"
        yield banded(label, hits[name], runs, low, high, exact_runs=trial.runs)


def stop_by_width(runs: int, seed: int) -> Iterator[Outcome]:
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
    yield Outcome(f"{name}: after the same block with swapped arms", alike, runs, runs, runs)
    yield banded(f"{name}: {LOSS_COVERED}", covered, runs, *COVERAGE)


def compare_pairs(runs: int, seed: int) -> Iterator[Outcome]:
    """Yield how often a comparison of two runs calls a change that is none, and one that is."""
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
    """Return the standard experiment of one cell, in an order of its own.

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
    """Return the rows of runs on one machine, told apart by their thread counts.

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

    Alike: decided after each block as if its arms had changed places.
    """
    going = {number: _blocks(_STOPPED, number, seed) for number in numbers}
    early = (islice(blocks, MIN_VERDICT_BLOCKS - 1) for blocks in going.values())  # never enough
    rows = as_rows(chain.from_iterable(chain.from_iterable(early)))
    ended, alike = [], 0
    for count in range(MIN_VERDICT_BLOCKS, 1 + MAX_BLOCKS):
        rows = pd.concat([rows, as_rows(chain.from_iterable(map(next, going.values())))])
        swapped = rows.assign(arm=rows.arm.map({"local": "remote", "remote": "local"}))
        precise, precise_swapped = _precise(rows), _precise(swapped)
        over = going.keys() if count == MAX_BLOCKS else precise | precise_swapped
        alike += len(over - (precise ^ precise_swapped))
        ended.append(rows[rows.threads.isin(over)])
        rows = rows[~rows.threads.isin(over)]
        going = {number: blocks for number, blocks in going.items() if number not in over}
        if not going:
            break
    return pd.concat(ended), alike


def _precise(rows: pd.DataFrame) -> set[int]:
    decided = decisions(reduce_blocks([rows]).segments, MIN_EFFECT_FRACTION)
    return {decision.cell.threads for decision in decided if decision.precise}


def _blocks(trial: Trial, number: int, seed: int) -> Iterator[list[Sample]]:
    rng = np.random.default_rng([seed, *trial.name.encode(), number])
    return virtual_blocks(trial.machine, one_cell(number, trial.batch_size), rng)


def _cells(trial: Trial, numbers: Iterable[int]) -> list[Cell]:
    return [Cell(batch_size=trial.batch_size, threads=number) for number in numbers]
