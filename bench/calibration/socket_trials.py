"""V2: a real worker process with known times behind real sockets, and what runs find."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import chain

import numpy as np
import pandas as pd

from bench.calibration.clocks import OTHER_HOST
from bench.calibration.formula_trials import BLOCKS
from bench.calibration.hit_rate import COVERAGE, HitRate, banded, covers
from bench.calibration.rows import as_rows
from bench.calibration.timed_compute import TimingScript
from bench.calibration.timed_worker import remote_segment, serving
from bench.measure.remote import RemoteExecutor
from bench.records import (
    Sample,
)
from bench.stats.blocks import reduce_blocks
from bench.stats.cells import COMPONENTS
from bench.stats.intervals import estimate_mean, estimate_value
from bench.stats.overhead import estimate_overhead
from bench.units import NS_PER_MS, PERCENT

FULL_RUNS, FULL_RECOVERIES = 200, 20
MIN_COVERED = 0.91
ADDED_NS = 5 * NS_PER_MS
MOVED_NS = ADDED_NS / 10
"""The allowed error in the change of a component, to which 5 ms or nothing was added."""
QUEUED_NS = 4 * NS_PER_MS
PLACES = ("transport", "queue", "decode_in", "compute", "encode_out")
RECOVERED = (
    "found in the latency",
    "found there and nowhere else",
    "overhead covered",
    "compute difference covered",
)
CLOCK_FRACTION = 3e-4
_MEDIAN_NS = ADDED_NS
_WORKER_STAMPS = ("w1_ns", "w2_ns", "w3_ns", "w4_ns", "w5_ns")


def socket_proofs(runs: int, recoveries: int, seed: int) -> list[partial[Iterator[HitRate]]]:
    """Return all of V2, still to be carried out, one after the other on a quiet machine.

    Parameters
    ----------
    runs : int
        Runs of :func:`find_scripted_median`.
    recoveries : int
        Runs of each other experiment.
    seed : int
        Seed of all random numbers.
    """
    return [
        partial(find_scripted_median, runs, seed),
        *(partial(recover, place, recoveries, seed) for place in PLACES),
        partial(ignore_other_clock, recoveries, seed),
    ]


def find_scripted_median(runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often a small run's interval of the compute time covers what was programmed."""
    script = TimingScript(seed=seed)
    hits = 0
    with serving(script) as executor:
        for _ in range(runs):
            estimate = estimate_value(reduce_blocks([small_run(executor)]).segments.compute_ns)
            hits += covers(estimate, script.median_ns)
    yield banded("programmed median covered", hits, runs, MIN_COVERED, 1.0, exact_runs=FULL_RUNS)


def recover(place: str, runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often 5 ms more in one of two workers are found, and found in their place.

    Both lose time there, one 5 ms and the other 10 ms. After a wait the caches of a process are
    cold, so a wait in only one of them would cost more than its own time. Time that is lost outside
    of computing is overhead and no compute difference; time that is lost in computing is the
    opposite.

    Parameters
    ----------
    place : str
        One of ``PLACES``.
    runs : int
        How many pairs of small runs are measured.
    seed : int
        Seed of all random numbers.
    """
    hits: Counter[str] = Counter()
    rng = np.random.default_rng([seed, PLACES.index(place)])
    with (
        serving(_loss_script(ADDED_NS, place, rng)) as before,
        serving(_loss_script(2 * ADDED_NS, place, rng)) as after,
    ):
        for _ in range(runs):
            results = recovered(place, *values_of_both(before, after, rng))
            hits.update(name for name, holds in results.items() if holds)
    label = f"5 ms more in {place.replace('_', ' ')}"
    for name in RECOVERED:
        yield banded(f"{label}: {name}", hits[name], runs, COVERAGE[0], 1.0)


def recovered(place: str, before: pd.DataFrame, after: pd.DataFrame) -> dict[str, bool]:
    """Return which of ``RECOVERED`` hold for the values of two workers.

    Parameters
    ----------
    place : str
        One of ``PLACES``, where both lose time.
    before, after : DataFrame
        Values of the worker that loses less, and of the one that loses 5 ms more. The columns are
        those of :func:`bench.stats.blocks.reduce_blocks`; both have the same index.
    """
    change, computing = after - before, place == "compute"
    overhead = estimate_overhead(before, after)
    computed = PERCENT * ADDED_NS / (_MEDIAN_NS + ADDED_NS) if computing else 0.0
    results = (
        covers(estimate_mean(change.latency_ns), ADDED_NS),
        all(
            abs(change[f"{name}_ns"].mean() - ADDED_NS * (name == place)) < MOVED_NS
            for name in COMPONENTS
        ),
        covers(overhead.overhead_ns, 0 if computing else ADDED_NS),
        covers(overhead.compute_difference_percent, computed),
    )
    return dict(zip(RECOVERED, results, strict=True))


def _loss_script(added_ns: int, place: str, rng: np.random.Generator) -> TimingScript:
    """Return a script that loses time at a place, and whose overhead varies.

    A longer wait anywhere leaves colder caches, which cost about 0.05 ms; the interval of an
    overhead that did not vary would be narrower than that on a quiet host.
    """
    return TimingScript(
        seed=int(rng.integers(1 << 32)),
        median_ns=_MEDIAN_NS,
        log_sd=0.1,
        place=place,
        added_ns=added_ns,
        queued_ns=QUEUED_NS,
    )


def ignore_other_clock(runs: int, seed: int) -> Iterator[HitRate]:
    """Yield how often a worker clock that is off changes no result: by 1 h, and by 200 ppm.

    The results of a run are compared with those of the same requests with the clock's error taken
    out of their stamps, so that nothing else can differ.
    """
    hits = 0
    with serving(TimingScript(seed=seed, other_clock=True)) as executor:
        for _ in range(runs):
            rows = small_run(executor)
            stamps = {name: OTHER_HOST.true_ns(rows[name]) for name in _WORKER_STAMPS}
            hits += _furthest(rows, rows.assign(**stamps)) <= CLOCK_FRACTION
    label = "worker clock 1 h ahead and 200 ppm fast: all results within 0.03 %"
    yield HitRate(label, hits, runs, runs, runs)


def small_run(executor: RemoteExecutor) -> pd.DataFrame:
    """Return the rows of ten blocks of one remote arm.

    Columns are those of :mod:`bench.store.schema`.
    """
    return as_rows(
        chain.from_iterable(remote_segment(executor, 1 + block) for block in range(BLOCKS))
    )


def values_of_both(
    before: RemoteExecutor, after: RemoteExecutor, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the values of the blocks of two workers, interleaved in random order.

    Parameters
    ----------
    before, after : RemoteExecutor
        The executor of each worker.
    rng : Generator
        Decides for each block which worker is measured first.

    Returns
    -------
    tuple of DataFrame
        Of each worker the ``segments`` of :func:`bench.stats.blocks.reduce_blocks`.
    """
    samples: dict[RemoteExecutor, list[Sample]] = {before: [], after: []}
    for block in range(1, 1 + BLOCKS):
        for worker in (before, after) if rng.random() < 0.5 else (after, before):  # noqa: PLR2004
            samples[worker] += remote_segment(worker, block)
    first, second = (
        reduce_blocks([as_rows(samples[worker])]).segments for worker in (before, after)
    )
    return first, second


def _furthest(rows: pd.DataFrame, others: pd.DataFrame) -> float:
    """Return the largest difference of two tables' results: times as shares of the latency."""
    first, second = (reduce_blocks([table]).segments for table in (rows, others))
    times = ["latency_ns", *(f"{name}_ns" for name in COMPONENTS)]
    scales = dict.fromkeys(times, first.latency_ns) | {"throughput_ips": first.throughput_ips}
    return max(
        float(((first[name] - second[name]) / scale).abs().max()) for name, scale in scales.items()
    )
