"""The limits of ``make soak`` find what they must, on series that are made up."""

import itertools

import numpy as np
import pytest

from tests.soak.limits import (
    DESCRIPTORS,
    FLOOR,
    GROWTH_PERCENT_MAX,
    READINGS_MIN,
    Reading,
    Turns,
    check_all,
    check_count,
    check_drift,
    check_memory,
)

READINGS = 100
CYCLES, PAIRS = 180, 12
CYCLE_S = 20.0
FLOOR_NS = 400_000.0
BUSY_SHARE = 0.1
"""How many turns fall into a moment of other work."""


def cycles(drift_percent: float, noise_percent: float = 4.0, seed: int = 1) -> list[Turns]:
    """Return the turns of an hour: each fresh session has a level of its own."""
    random = np.random.default_rng(seed)
    level = random.standard_normal((CYCLES, 1)) * noise_percent / 100
    noise = random.standard_normal((CYCLES, PAIRS)) * noise_percent / 100
    noise[random.random(noise.shape) < BUSY_SHARE] += 0.5
    drift = np.linspace(0, drift_percent / 100, CYCLES)[:, None]
    old_ns = FLOOR_NS * (1 + drift + noise)
    fresh_ns = np.broadcast_to(FLOOR_NS * (1 + level), old_ns.shape)
    return [
        Turns(CYCLE_S * (1 + i), old_ns[i].tolist(), fresh_ns[i].tolist()) for i in range(CYCLES)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_a_floor_that_stays_is_no_drift_though_the_machine_is_busy_at_times(seed: int) -> None:
    check = check_drift("client", cycles(0.0, seed=seed))
    assert check.kept, check
    assert check.figure == FLOOR


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("drift_percent", [-10.0, 10.0])
def test_a_floor_that_drifts_is_found(drift_percent: float, seed: int) -> None:
    check = check_drift("client", cycles(drift_percent, seed=seed))
    assert not check.kept, check
    assert (check.last > check.first) == (drift_percent > 0)


def test_a_drift_that_is_known_well_and_is_too_small_to_matter_is_kept() -> None:
    check = check_drift("client", cycles(3.0, noise_percent=0.1))
    assert check.change.startswith(("+2.6", "+2.7"))  # a tenth of the hour is warm-up
    assert check.kept


def test_a_machine_that_becomes_slower_is_no_drift_of_the_overhead() -> None:
    slower = np.linspace(1, 1.5, CYCLES).tolist()
    both = [
        Turns(each.at_s, [factor * x for x in each.old_ns], [factor * x for x in each.fresh_ns])
        for factor, each in zip(slower, cycles(0.0), strict=True)
    ]
    assert check_drift("client", both).kept


def test_too_noisy_turns_prove_nothing() -> None:
    assert not check_drift("client", cycles(0.0, noise_percent=30.0)).kept


@pytest.mark.parametrize(
    ("grown", "kept"), [(0.0, True), (GROWTH_PERCENT_MAX - 0.5, True), (GROWTH_PERCENT_MAX, False)]
)
def test_memory_may_grow_by_less_than_the_limit(grown: float, *, kept: bool) -> None:
    first = 30_000_000
    memory = [first] * (READINGS // 2) + [round(first * (1 + grown / 100))] * (READINGS // 2)
    assert check_memory("client", memory).kept is kept


def test_memory_of_the_warm_up_and_of_single_moments_does_not_count() -> None:
    memory = [10_000_000] * 10 + [30_000_000] * 90
    memory[95] = 90_000_000
    assert check_memory("client", memory).kept


def test_a_leak_of_a_few_bytes_a_request_is_found() -> None:
    memory = [30_000_000 + 40_000 * i for i in range(READINGS)]
    assert not check_memory("client", memory).kept


def test_one_descriptor_more_is_found_and_one_less_is_none() -> None:
    more = list(itertools.chain([20] * (READINGS - 20), [21] * 20))
    assert not check_count("worker", DESCRIPTORS, more).kept
    assert check_count("worker", DESCRIPTORS, more[::-1]).kept


def test_each_figure_of_each_process_is_checked() -> None:
    still = [Reading(30_000_000, 20, 5)] * READINGS
    checks = check_all({"a": still, "b": still}, cycles(0.0), "a")
    assert len(checks) == 2 * len(Reading._fields) + 1
    assert all(check.kept for check in checks)


def test_too_few_readings_prove_nothing() -> None:
    with pytest.raises(AssertionError, match="too few"):
        check_memory("client", [30_000_000] * (READINGS_MIN - 1))
