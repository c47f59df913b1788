"""The mistakes of METHOD's section 8 that are statistical, each planted and caught.

The others, 4, 8 and 10, are in tests/test_mistakes.py; a fixed order (2) is also planted into whole
runs, in tests/calibration/test_virtual_trials.py.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.calibration.hit_rate import COVERAGE
from bench.calibration.machine import COMPUTE_NS, RUN_S, Machine, Noise, simulate, with_drift
from bench.calibration.rows import CELL, as_samples
from bench.stats.cells import CellSummary, Summary
from bench.stats.columns import Floats
from bench.stats.intervals import estimate_loss, mean_interval
from bench.stats.loss_scale import LATENCY
from tests.stats.factory import summarise

MS = 1e6
RUNS = 300


def _computing(sd: float, loss: float) -> Machine:
    """Return a machine whose requests do nothing but compute."""
    noise = Noise(segment_sd=sd, request_sd=sd)
    return Machine(computing=noise, slower=loss, overhead_ns=0.0, local_overhead_ns=0.0)


QUIET = _computing(0.002, 0.03)
DRIFTING = with_drift(_computing(0.01, 0.0), 0.1 / RUN_S)


def _fewest(runs: int) -> int:
    return int(stats.binom.ppf(1e-3, runs, COVERAGE[0]))


def _covers(values: Floats, truth: float) -> bool:
    found = mean_interval(values)
    assert found is not None
    return found[1] <= truth <= found[2]


def _summary(arms: dict[str, Floats]) -> Summary:
    return summarise(as_samples(arms), [CELL])


def _cell(samples: pd.DataFrame) -> CellSummary:
    return summarise(samples, [CELL]).cells[0]


def _arms(requests: int = 13) -> dict[str, Floats]:
    local, remote = _drawn(QUIET, np.random.default_rng(5), 10, requests)
    return {"local": local, "remote": remote}


def _drawn(
    machine: Machine, rng: np.random.Generator, blocks: int, requests: int
) -> tuple[Floats, Floats]:
    local, remote = simulate(machine, rng, blocks, requests)
    return local.latency, remote.latency


def test_1_iterations_taken_for_replicates_cover_far_too_seldom() -> None:
    rng = np.random.default_rng(1)
    clustered = _computing(0.02, 0.03)
    iterations = blocks = 0
    for _ in range(RUNS):
        local, remote = _drawn(clustered, rng, 10, 12)
        ratios = np.log(remote / local)
        iterations += _covers(ratios.ravel(), 0.03)
        medians = np.log(np.median(remote, axis=1) / np.median(local, axis=1))
        blocks += _covers(medians, 0.03)
    assert iterations < 0.8 * RUNS
    assert blocks >= _fewest(RUNS)


def test_2_arms_one_after_the_other_lose_their_coverage_to_drift() -> None:
    rng = np.random.default_rng(2)
    sequential = interleaved = 0
    for _ in range(RUNS):
        local, remote = _drawn(DRIFTING, rng, 20, 12)
        first, second = (np.log(np.median(arm, axis=1)) for arm in (local, remote))
        interleaved += _covers(second[:10] - first[:10], 0.0)
        sequential += _covers(second[10:] - first[:10], 0.0)
    assert sequential < 0.5 * RUNS
    assert interleaved >= _fewest(RUNS)


def test_2_the_placebo_shows_a_fixed_order_as_noise() -> None:
    local, later = _drawn(DRIFTING, np.random.default_rng(3), 20, 13)
    fixed = _summary({"local": local[:10], "remote": later[10:], "local2": later[10:]})
    mixed = _summary({"local": local[:10], "remote": later[:10], "local2": later[:10]})
    assert fixed.noise_floor_percent is not None
    assert mixed.noise_floor_percent is not None
    assert fixed.noise_floor_percent > 4
    assert mixed.noise_floor_percent < 1
    assert fixed.cells[0].latency_verdict != "slower"


def test_3_a_warm_up_that_is_too_short_is_flagged() -> None:
    arms = _arms(requests=5)
    assert "not_steady" not in _cell(as_samples(arms)).flags
    for latency in arms.values():
        latency[:, 1] += 20 * MS
    flags = _cell(as_samples(arms)).flags
    assert "not_steady" in flags
    assert "differential_warmup" not in flags


def test_3_a_warm_up_that_differs_between_the_arms_is_flagged() -> None:
    arms = _arms(requests=5)
    arms["remote"][:, 1] += 20 * MS
    assert "differential_warmup" in _cell(as_samples(arms)).flags


def test_5_requests_one_by_one_sold_as_two_in_flight_break_littles_law() -> None:
    samples = as_samples(_arms())
    assert "littles_law" not in _cell(samples).flags
    burst = samples.phase == "burst"
    single = samples.c5_ns - samples.c1_ns
    samples.loc[burst, "c1_ns"] = samples.c5_ns - single / 2
    assert "littles_law" in _cell(samples).flags


def test_5_a_remote_throughput_follows_the_burst_and_never_the_latency() -> None:
    arms = _arms()
    samples = as_samples(arms)
    latency = (samples.arm == "remote") & (samples.phase == "latency")
    slower = samples.copy()
    slower.loc[latency, ["c4_ns", "c5_ns"]] += 50 * MS
    ips = [_cell(rows).arms["remote"].throughput_ips for rows in (slower, samples)]
    assert ips[0] == ips[1]


def test_6_a_stall_that_is_left_out_of_the_latency_breaks_littles_law() -> None:
    samples = as_samples(_arms())
    timed = (samples.phase == "latency") & (samples.arm == "local")
    samples.loc[timed, ["c1_ns", "w3_ns"]] += 5 * MS
    assert "littles_law" in _cell(samples).flags


_PLACES = {
    "encode": "encode_ns",
    "transport_out": "transport_ns",
    "queue": "queue_ns",
    "decode_in": "decode_in_ns",
    "compute": "compute_ns",
    "encode_out": "encode_out_ns",
    "transport_back": "transport_ns",
    "decode": "decode_ns",
}
_COMPONENTS = tuple(dict.fromkeys(_PLACES.values()))


@pytest.mark.parametrize("place", _PLACES)
def test_6_five_milliseconds_move_only_the_component_they_are_put_into(place: str) -> None:
    arms = _arms()
    before = _cell(as_samples(arms))
    arms["remote"] = arms["remote"] + 5 * MS
    after = _cell(as_samples(arms, added_ns={} if place == "compute" else {place: 5 * MS}))
    moved = {
        name: _point(after.components, name) - _point(before.components, name)
        for name in _COMPONENTS
    }
    expected = {name: 5 * MS if name == _PLACES[place] else 0.0 for name in _COMPONENTS}
    assert moved == pytest.approx(expected, abs=5)
    assert _point(after, "latency_loss_ns") - _point(before, "latency_loss_ns") == pytest.approx(
        5 * MS, abs=5
    )


def test_7_a_worker_clock_that_is_off_and_fast_changes_nothing() -> None:
    samples = as_samples(_arms())
    skewed = samples.copy()
    for name in ("w1_ns", "w2_ns", "w3_ns", "w4_ns", "w5_ns"):
        remote = skewed.arm == "remote"
        skewed.loc[remote, name] = skewed[name] * (1 + 200e-6) + 7200e9
    true, off = _cell(samples), _cell(skewed)
    assert off.latency_loss_percent == true.latency_loss_percent
    assert off.throughput_loss_percent == true.throughput_loss_percent
    assert _point(off.components, "compute_ns") == pytest.approx(
        _point(true.components, "compute_ns"), rel=3e-4
    )
    # What the fast clock adds to 100 ms of computing is missing in the transport.
    assert _point(off.components, "transport_ns") == pytest.approx(
        _point(true.components, "transport_ns"), abs=3e-4 * COMPUTE_NS
    )


def test_9_stopping_at_the_first_significance_raises_false_alarms() -> None:
    rng = np.random.default_rng(9)
    peeking = fixed = 0
    for _ in range(RUNS):
        ratios = rng.normal(0, 0.02, 40)
        peeking += any(not _covers(ratios[:blocks], 0.0) for blocks in range(6, 41))
        fixed += not _covers(ratios[:10], 0.0)
    assert peeking > 0.2 * RUNS
    assert fixed < 0.1 * RUNS


def test_9_the_best_of_a_block_is_no_estimate_and_outliers_are_not_dropped() -> None:
    arms = _arms()
    arms["remote"][:, 2:9] *= 3
    loss = _cell(as_samples(arms)).latency_loss_percent
    assert loss is not None
    assert loss.point > 150


def _point(holder: object, name: str) -> float:
    estimate = getattr(holder, name)
    assert estimate is not None
    point: float = estimate.point
    return point


def test_9_a_request_that_failed_stays_in_the_data() -> None:
    samples = as_samples(_arms())
    late = (samples.arm == "remote") & (samples.phase == "latency") & (samples.request == 3)
    samples["outcome"] = samples.outcome.where(~late, "timed_out")
    cell = _cell(samples)
    assert cell.failed_count == 10
    assert cell.failed_fraction == pytest.approx(10 / cell.requests)
    ordered: Sequence[float | None] = [q.high for q in cell.arms["remote"].quantiles_ns]
    assert ordered[-1] is None


def test_9_pairing_by_hand_gives_the_published_loss() -> None:
    arms = _arms()
    local, remote = (pd.Series(np.median(arm[:, 1:], axis=1)) for arm in arms.values())
    by_hand = estimate_loss(local, remote, LATENCY)
    published = _cell(as_samples(arms)).latency_loss_percent
    assert by_hand is not None
    assert published is not None
    assert (by_hand.point, by_hand.low) == pytest.approx((published.point, published.low), rel=1e-5)
