"""The limits of ``make soak`` find what they must, on series that are made up."""

import itertools

import numpy as np
import pytest

from tests.soak.limits import (
    DESCRIPTORS,
    FLOOR,
    GROWTH_PERCENT_MAX,
    READINGS_MIN,
    Floor,
    Reading,
    check_all,
    check_count,
    check_drift,
    check_memory,
)

READINGS = 100
WINDOWS = 60
WINDOW_S = 60.0
FLOOR_NS, REFERENCE_NS = 900_000.0, 450_000.0


def floors(drift_percent: float, noise_percent: float = 1.0, seed: int = 1) -> list[Floor]:
    """Return the floors of an hour: noisy, one in ten of them in a minute of other work."""
    random = np.random.default_rng(seed)
    noise = random.standard_normal(WINDOWS) * noise_percent / 100
    noise[random.integers(0, WINDOWS, WINDOWS // 10)] += 0.5
    drift = np.linspace(0, drift_percent / 100, WINDOWS)
    values = FLOOR_NS * (1 + drift + noise)
    return [Floor(WINDOW_S * (i + 1), float(value), REFERENCE_NS) for i, value in enumerate(values)]


@pytest.mark.parametrize("seed", range(20))
def test_a_floor_that_stays_is_no_drift_though_the_machine_is_busy_at_times(seed: int) -> None:
    check = check_drift("client", floors(0.0, seed=seed))
    assert check.kept, check
    assert check.figure == FLOOR


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("drift_percent", [-10.0, 10.0])
def test_a_floor_that_drifts_is_found(drift_percent: float, seed: int) -> None:
    check = check_drift("client", floors(drift_percent, seed=seed))
    assert not check.kept, check
    assert (check.last > check.first) == (drift_percent > 0)


def test_a_drift_that_is_known_well_and_is_too_small_to_matter_is_kept() -> None:
    check = check_drift("client", floors(3.0, noise_percent=0.1))
    assert check.change.startswith("+2.")  # of the nine tenths after the warm-up
    assert check.kept


def test_a_machine_that_becomes_slower_is_no_drift_of_the_overhead() -> None:
    slower = np.linspace(1, 1.3, WINDOWS)
    both = [
        Floor(floor.at_s, float(each * floor.overhead_ns), float(each * floor.reference_ns))
        for each, floor in zip(slower, floors(0.0), strict=True)
    ]
    assert check_drift("client", both).kept


def test_the_drift_during_the_warm_up_does_not_count() -> None:
    starting = [
        each._replace(overhead_ns=3 * each.overhead_ns) for each in floors(0.0)[: WINDOWS // 10]
    ]
    assert check_drift("client", starting + floors(0.0)[WINDOWS // 10 :]).kept


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
    checks = check_all({"a": still, "b": still}, floors(0.0), "a")
    assert len(checks) == 2 * len(Reading._fields) + 1
    assert all(check.kept for check in checks)


def test_too_few_readings_prove_nothing() -> None:
    with pytest.raises(AssertionError, match="too few"):
        check_memory("client", [30_000_000] * (READINGS_MIN - 1))
