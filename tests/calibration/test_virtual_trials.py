"""V1 in small: the whole tool on made-up machines finds their truth, and says what is wrong."""

from collections.abc import Iterator

import pandas as pd
import pytest

from bench.calibration.clocks import OTHER_HOST
from bench.calibration.findings import NS_COVERED
from bench.calibration.formula_trials import BLOCKS
from bench.calibration.hit_rate import COVERAGE
from bench.calibration.machine import COMPUTE_NS, Machine, Noise
from bench.calibration.stamps import PARTS_NS
from bench.calibration.virtual_trials import (
    TRIALS,
    Trial,
    compare_pairs,
    one_cell,
    stop_by_width,
    try_out,
    virtual_runs,
)
from bench.plan import make_schedule
from bench.stats.blocks import reduce_blocks
from bench.stats.cells import COMPONENTS
from bench.store.read import rows_of_block

RUNS = 20
SEED = 7
EXACT = Machine(slower=0.0, computing=Noise(), overhead=Noise())
SERVED_NS = COMPUTE_NS + PARTS_NS["decode_in"] + PARTS_NS["encode_out"]


def _rows(machine: Machine) -> pd.DataFrame:
    return virtual_runs(Trial("a run", machine, {}), [1], SEED)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
def test_the_whole_tool_finds_what_is_true_of_a_machine(trial: Trial) -> None:
    hit_rates = list(try_out(trial, RUNS, SEED))
    assert len(hit_rates) == len(trial.bands)
    assert all(hit_rate.passed and hit_rate.runs == RUNS for hit_rate in hit_rates), hit_rates


def test_a_run_that_stops_by_its_width_covers_and_is_blind_to_the_labels() -> None:
    blind, covered = stop_by_width(RUNS // 2, SEED)
    assert blind.hits == blind.runs == RUNS // 2
    assert covered.passed
    assert covered.proves


def test_two_runs_of_one_machine_are_alike_and_a_slower_worker_is_seen() -> None:
    alarms, seen = compare_pairs(RUNS, SEED)
    assert alarms.passed
    assert seen.passed
    assert seen.proves


def test_a_full_experiment_has_the_bands_of_the_method() -> None:
    bands = {name: band for trial in TRIALS for name, band in trial.bands.items()}
    assert bands["latency loss covered"] == (0.92, 0.98)
    assert {trial.runs for trial in TRIALS} == {1000, 400}
    (power,) = (trial for trial in TRIALS if trial.runs == 400)
    assert power.bands == {"the arms seem to differ": (0.9, 1.0)}


def test_the_same_seed_gives_the_same_outcome_and_another_one_another_run() -> None:
    first, second = (list(try_out(TRIALS[0], 3, SEED)) for _ in range(2))
    assert first == second
    latency, other = (virtual_runs(TRIALS[0], [1], seed).c5_ns for seed in (1, 2))
    assert (latency != other).any()


def test_every_planned_request_is_a_row() -> None:
    experiment = one_cell(1)
    schedule = make_schedule(experiment, BLOCKS)
    rows = _rows(EXACT)
    assert len(rows) == sum(rows_of_block(experiment, block) for block in schedule.blocks)
    first_arms = rows.groupby("block").arm.first()
    assert list(first_arms) == [block.restarts[0].visits[0].arms[0] for block in schedule.blocks]


def test_the_components_are_what_the_machine_spends_on_whatever_clock_it_is_stamped() -> None:
    rows = _rows(EXACT)
    values = reduce_blocks([rows]).segments.xs("remote", level="arm")
    fast = OTHER_HOST.fast_ppm * 1e-6
    on_link = ("encode", "transport_out", "transport_back", "decode")
    expected = {
        "transport": sum(PARTS_NS[name] for name in on_link) - fast * SERVED_NS,
        "compute": COMPUTE_NS * (1 + fast),
        **{name: PARTS_NS[name] for name in ("queue", "decode_in", "encode_out")},
    }
    for name, spent_ns in expected.items():
        assert values[f"{name}_ns"].to_numpy() == pytest.approx(spent_ns, abs=200), name
    parts = sum(values[f"{name}_ns"].to_numpy() for name in COMPONENTS)
    assert parts == pytest.approx(values.latency_ns.to_numpy(), abs=1)
    ahead_ns = (rows.w3_ns - rows.c1_ns)[rows.arm == "remote"]
    assert (ahead_ns >= OTHER_HOST.ahead_ns).all()


def test_two_requests_in_flight_hide_the_transport() -> None:
    ips = reduce_blocks([_rows(EXACT)]).segments.throughput_ips
    local, remote = (ips.xs(arm, level="arm") for arm in ("local", "remote"))
    local_ns = COMPUTE_NS + EXACT.local_overhead_ns
    assert (local / remote).to_numpy() == pytest.approx(SERVED_NS / local_ns)


def test_a_link_that_forgets_the_overhead_is_not_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    steady = Machine(slower=0.0, computing=Noise(segment_sd=0.002, request_sd=0.002))
    trial = Trial("steady", steady, {NS_COVERED: COVERAGE})
    (found,) = try_out(trial, RUNS, SEED)
    monkeypatch.setattr(
        "bench.calibration.virtual_run.split_overhead",
        lambda overhead: dict.fromkeys(PARTS_NS, 0 * overhead),
    )
    monkeypatch.setattr("bench.store.read.check_stamps", lambda *_, **__: None)
    (forgotten,) = try_out(trial, RUNS, SEED)
    assert found.passed
    assert forgotten.hits <= 0.25 * RUNS


def _fixed(_rng: object, arms: Iterator[object]) -> Iterator[object]:
    return arms


def test_2_a_fixed_order_of_the_arms_takes_drift_for_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = Noise(segment_sd=0.005, request_sd=0.005, drift_per_s=0.02)
    drifting = Machine(slower=0.0, computing=noise)
    trial = Trial("in order", drifting, {"latency loss covered": COVERAGE})
    (random,) = try_out(trial, RUNS, SEED)
    monkeypatch.setattr("bench.plan._in_order", _fixed)
    (fixed,) = try_out(trial, RUNS, SEED)
    assert random.passed
    assert fixed.hits <= 0.25 * RUNS
