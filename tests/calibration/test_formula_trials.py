"""Small runs of the calibration: every interval covers its truth, and nothing cries wolf."""

from functools import cache

import numpy as np
import pytest

from bench.calibration import formula_trials
from bench.calibration.hit_rate import COVERAGE, HitRate, banded
from bench.calibration.scenarios import FAULTS, SCENARIOS, Scenario

RUNS = 300
SUMMARIES = 25
SEED = 7


@cache
def hit_rates_of(scenario: Scenario) -> list[HitRate]:
    """Return the coverage of each interval in a scenario, computed once."""
    return list(formula_trials.coverage(scenario, RUNS, SEED))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_interval_covers_its_truth(scenario: Scenario) -> None:
    hit_rates = hit_rates_of(scenario)
    assert len(hit_rates) == 9
    assert not [hit_rate for hit_rate in hit_rates if not hit_rate.passed]
    unproved = [hit_rate.name.split()[-2] for hit_rate in hit_rates if not hit_rate.proves]
    assert set(unproved) <= {"p95", "p99"}
    assert all(
        o.runs == RUNS for o in hit_rates if not o.name.endswith(("p95 covered", "p99 covered"))
    )


def test_p95_and_p99_are_covered_where_the_data_carry_them() -> None:
    skew = next(scenario for scenario in SCENARIOS if scenario.machine.computing.skew)
    carried = {o.name.split()[-2]: o for o in hit_rates_of(skew)}
    assert carried["p99"].runs > 0.9 * RUNS
    assert carried["p95"].passed
    assert carried["p99"].passed
    assert carried["p99"].proves


def test_equal_arms_seem_to_differ_in_at_most_67_of_1000_runs() -> None:
    assert formula_trials.false_alarms(1000, SEED).passed


def test_a_loss_of_3_percent_is_detected_in_9_of_10_runs() -> None:
    assert formula_trials.power(400, SEED).passed


def test_a_run_stops_at_the_same_block_whatever_its_arms_are_called() -> None:
    hit_rate = formula_trials.label_blindness(RUNS, SEED)
    assert hit_rate.hits == hit_rate.runs == RUNS


@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_with_a_fault_still_covers_or_is_flagged(fault: str) -> None:
    hit_rates = list(formula_trials.runs_with_fault(fault, SUMMARIES, SEED))
    assert hit_rates
    assert all(hit_rate.passed for hit_rate in hit_rates)


def test_the_full_calibration_holds_every_experiment_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formula_trials, "_TRUTH_BLOCKS", 100)  # the truth is not looked at here
    proofs = formula_trials.formula_proofs(runs=3, summaries=2, seed=SEED)
    names = [hit_rate.name for proof in proofs for hit_rate in proof()]
    assert len(names) == len(set(names)) == 9 * len(SCENARIOS) + 3 + 5


def test_a_full_calibration_has_the_bands_of_the_method() -> None:
    hit_rate = banded("", 1840, 2000, *COVERAGE)
    assert (hit_rate.low, hit_rate.high) == (1840, 1960)
    assert hit_rate.passed
    assert banded("", 0, 1000, 0, formula_trials.MAX_ALARMS).high == 67


@pytest.mark.parametrize(("rate", "passed"), [(0.80, False), (0.95, True), (1.0, False)])
def test_a_band_rejects_too_few_and_too_many(rate: float, *, passed: bool) -> None:
    hit_rate = banded("", round(rate * 400), 400, *COVERAGE)
    assert hit_rate.passed is passed


def test_the_same_seed_gives_the_same_outcome() -> None:
    first, second = (list(formula_trials.coverage(SCENARIOS[0], 20, 3)) for _ in range(2))
    assert first == second
    assert np.any(
        [a != b for a, b in zip(first, formula_trials.coverage(SCENARIOS[0], 20, 4), strict=True)]
    )
