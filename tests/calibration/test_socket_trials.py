"""V2 in small: a real worker process behind real sockets, whose times are known."""

from contextlib import ExitStack

import numpy as np
import pandas as pd
import pytest

from bench.calibration import socket_trials
from bench.calibration.clocks import OTHER_HOST
from bench.calibration.hit_rate import banded
from bench.calibration.timed_compute import TimingScript
from bench.calibration.timed_worker import serving
from bench.stats.blocks import reduce_blocks
from bench.stats.cells import COMPONENTS

SEED = 7


def test_small_runs_cover_the_programmed_median() -> None:
    (hit_rate,) = socket_trials.find_scripted_median(12, SEED)
    assert hit_rate.runs == 12
    assert hit_rate.hits >= 6  # of about 11; tests share their machine with others


@pytest.mark.parametrize("place", socket_trials.PLACES)
def test_five_milliseconds_are_found_where_they_are_lost(place: str) -> None:
    rng = np.random.default_rng(SEED)
    programmes = (
        TimingScript(1, place=place, added_ns=lost) for lost in (0, socket_trials.ADDED_NS)
    )
    with ExitStack() as stack:
        before, after = (stack.enter_context(serving(p)) for p in programmes)
        first, second = socket_trials.values_of_both(before, after, rng)
    # Tests share their machine with others, which make single blocks longer by milliseconds.
    change = (second - first).median()
    moved = {name: change[f"{name}_ns"] for name in COMPONENTS}
    assert max(moved, key=lambda name: moved[name]) == place
    assert moved[place] > 0.5 * socket_trials.ADDED_NS


def test_a_recovery_says_both_how_much_is_found_and_where() -> None:
    hit_rates = list(socket_trials.recover("compute", 1, SEED))
    assert [hit_rate.name for hit_rate in hit_rates] == [
        "5 ms more in compute: found in the latency",
        "5 ms more in compute: found there and nowhere else",
        "5 ms more in compute: overhead covered",
        "5 ms more in compute: compute difference covered",
    ]
    assert {hit_rate.runs for hit_rate in hit_rates} == {1}


@pytest.mark.parametrize("place", ["transport", "compute"])
def test_what_is_lost_is_overhead_or_compute_difference_and_not_both(place: str) -> None:
    before, in_latency = _values(1, 10, 10), {socket_trials.RECOVERED[0]}
    after = {"transport": _values(2, 15, 10), "compute": _values(2, 10, 15)}
    for where, values in after.items():
        found = socket_trials.recovered(place, before, values)
        held = {name for name, is_held in found.items() if is_held}
        assert held == (set(socket_trials.RECOVERED) if where == place else in_latency)


def _values(seed: int, outside_ms: float, computed_ms: float) -> pd.DataFrame:
    """Return the values of ten blocks that take so long outside of computing and in it."""
    rng = np.random.default_rng([SEED, seed])
    outside, computed = (1e6 * ms + 1e5 * rng.normal(size=10) for ms in (outside_ms, computed_ms))
    parts = {f"{name}_ns": np.zeros(10) for name in COMPONENTS}
    parts |= {"transport_ns": outside, "compute_ns": computed}
    return pd.DataFrame(
        {
            **parts,
            "latency_ns": outside + computed,
            "overhead_ns": outside,
            "median_compute_ns": computed,
            "waiting_fraction": np.nan,
        },
        index=pd.RangeIndex(1, 11, name="block"),
    )


def test_a_worker_clock_that_is_an_hour_ahead_and_fast_changes_nothing() -> None:
    (hit_rate,) = socket_trials.ignore_other_clock(2, SEED)
    assert hit_rate.hits == hit_rate.runs == 2


def test_the_other_clock_is_really_another_one() -> None:
    with serving(TimingScript(seed=SEED, other_clock=True)) as executor:
        rows = socket_trials.small_run(executor)
    # On one host both processes read one clock, so that the true difference is small.
    assert (rows.w1_ns - rows.c2_ns).min() >= OTHER_HOST.ahead_ns
    values = reduce_blocks([rows]).segments
    assert (values.compute_ns < values.latency_ns).all()


def test_a_full_proof_has_the_bands_of_the_method() -> None:
    runs = socket_trials.FULL_RUNS
    exact = banded("", 182, runs, socket_trials.MIN_COVERED, 1.0, exact_runs=runs)
    assert (exact.low, exact.high, exact.passed) == (182, 200, True)
    assert socket_trials.ADDED_NS == 5_000_000
