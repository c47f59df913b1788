"""A made-up machine takes what is programmed, and V0 and V1 draw the same of it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from bench.calibration.clocks import OTHER_HOST
from bench.calibration.machine import COMPUTE_NS, RUN_S, Machine, Noise, draw, simulate, with_drift
from bench.calibration.rows import as_rows, as_samples
from bench.calibration.stamps import OVERHEAD_NS, PARTS_NS
from bench.calibration.truth import programmed, truth_of
from bench.calibration.virtual_run import virtual_blocks
from bench.calibration.virtual_trials import BATCH_SIZE, one_cell
from bench.config import segment_lengths
from bench.plan import make_block
from bench.records import Placement
from bench.stats.columns import Floats

LENGTHS = segment_lengths(BATCH_SIZE, smoke=False)
EXACT = Machine(slower=0.0, computing=Noise(), overhead=Noise())
LOCAL_NS = COMPUTE_NS + EXACT.local_overhead_ns
ADDED_NS = OVERHEAD_NS - EXACT.local_overhead_ns
SERVED_NS = COMPUTE_NS + PARTS_NS["decode_in"] + PARTS_NS["encode_out"]
HEAVY = Noise(
    segment_sd=0.2,
    request_sd=0.1,
    autocorrelation=0.5,
    skew=0.3,
    spike_fraction=0.05,
    spike_factor=10.0,
    outlier_fraction=0.1,
    outlier_factor=3.0,
)


def _noise(noise: Noise, blocks: int = 1000, requests: int = 100) -> Floats:
    return noise.draw(np.random.default_rng(1), (blocks, requests))


def test_the_overhead_costs_latency_and_most_of_it_hides_from_throughput() -> None:
    truth = programmed(replace(EXACT, computing=HEAVY, overhead=HEAVY), LENGTHS)
    assert truth == pytest.approx(truth_of(EXACT, LENGTHS))
    assert truth.overhead_ns == truth.latency_loss_ns == pytest.approx(ADDED_NS)
    assert truth.compute_difference_percent == 0
    assert truth.latency_loss_percent == pytest.approx(100 * ADDED_NS / LOCAL_NS)
    assert truth.throughput_loss_percent == pytest.approx(100 * (1 - LOCAL_NS / SERVED_NS))


def test_a_slower_worker_costs_both() -> None:
    truth = programmed(Machine(slower=0.1, overhead_ns=0, local_overhead_ns=0), LENGTHS)
    assert truth.compute_difference_percent == pytest.approx(100 * math.expm1(0.1))
    assert truth.latency_loss_percent == pytest.approx(100 * math.expm1(0.1))
    assert truth.throughput_loss_percent == pytest.approx(-100 * math.expm1(-0.1))
    assert truth.overhead_ns == 0


def test_equal_arms_have_no_loss_however_much_they_vary() -> None:
    varying = Noise(segment_sd=0.03, request_sd=0.03)
    equal = replace(EXACT, computing=varying, overhead=varying, local_overhead_ns=OVERHEAD_NS)
    truth = truth_of(equal, LENGTHS)
    assert truth.overhead_ns == pytest.approx(0, abs=500)
    assert truth.latency_loss_percent == pytest.approx(0, abs=0.05)


def test_a_truth_follows_the_definition_where_noise_is_skewed() -> None:
    skewed = replace(EXACT, overhead=Noise(segment_sd=0.3))
    truth, median = truth_of(skewed, LENGTHS), programmed(skewed, LENGTHS)
    assert median.overhead_ns == pytest.approx(ADDED_NS)
    assert truth.overhead_ns == pytest.approx(ADDED_NS * math.exp(0.3**2 / 2), rel=0.01)


def test_noise_has_the_programmed_spreads() -> None:
    noise = _noise(Noise(segment_sd=0.05, request_sd=0.02))
    segments = noise.mean(axis=1)
    assert segments.std() == pytest.approx(0.05, rel=0.05)
    assert (noise - segments[:, None]).std() == pytest.approx(0.02, rel=0.02)
    assert np.median(noise) == pytest.approx(0, abs=0.005)


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_neighbouring_requests_have_the_programmed_autocorrelation(correlation: float) -> None:
    noise = _noise(Noise(request_sd=0.1, autocorrelation=correlation))
    found = np.corrcoef(noise[:, :-1].ravel(), noise[:, 1:].ravel())[0, 1]
    assert found == pytest.approx(correlation, abs=0.02)
    assert noise.std() == pytest.approx(0.1, rel=0.02)
    assert noise[:, -1].std() == pytest.approx(0.1, rel=0.1)


def test_skew_is_an_exponential_tail() -> None:
    noise = _noise(Noise(skew=0.3)) + 0.3 * math.log(2)
    assert noise.min() >= 0
    assert noise.mean() == pytest.approx(0.3, rel=0.02)
    assert (noise > 1.2).mean() == pytest.approx(math.exp(-4), rel=0.1)


def test_spikes_are_as_many_and_as_large_as_programmed() -> None:
    noise = _noise(Noise(spike_fraction=0.03, spike_factor=2.0))
    assert set(np.exp(noise).round(9).ravel()) == {1.0, 2.0}
    assert (noise > 0).mean() == pytest.approx(0.03, abs=0.003)


def test_an_outlier_is_a_whole_segment() -> None:
    noise = _noise(Noise(outlier_fraction=0.1, outlier_factor=3.0))
    assert (noise == noise[:, :1]).all()
    assert set(np.exp(noise).round(9).ravel()) == {1.0, 3.0}
    assert (noise > 0).mean() == pytest.approx(0.1, abs=0.03)


def test_no_tail_moves_the_median_of_segments_or_of_requests() -> None:
    noise = _noise(HEAVY, 4000, 200)
    within = replace(HEAVY, segment_sd=0.0, outlier_fraction=0.0)
    assert np.median(np.median(noise, axis=1)) == pytest.approx(0, abs=0.02)
    assert np.median(_noise(within)) == pytest.approx(0, abs=0.005)


def test_spikes_that_hit_any_request_would_move_the_median(monkeypatch: pytest.MonkeyPatch) -> None:
    spiky = Noise(request_sd=0.1, spike_fraction=0.1, spike_factor=5.0)
    assert np.median(_noise(spiky)) == pytest.approx(0, abs=0.002)

    def anywhere(rng: np.random.Generator, noise: Floats, fraction: float, factor: float) -> Floats:
        return np.where(rng.random(noise.shape) < fraction, math.log(factor), 0.0)

    monkeypatch.setattr("bench.calibration.machine._log_factors", anywhere)
    assert np.median(_noise(spiky)) > 0.01


@pytest.mark.parametrize("placement", Placement)
def test_noise_of_the_overhead_is_not_in_computing_and_the_other_way_round(
    placement: Placement,
) -> None:
    def drawn(machine: Machine) -> tuple[Floats, Floats]:
        return draw(machine, np.random.default_rng(3), (50, 10), placement)

    exact, computing, overhead = (
        drawn(m) for m in (EXACT, replace(EXACT, computing=HEAVY), replace(EXACT, overhead=HEAVY))
    )
    both = drawn(replace(EXACT, computing=HEAVY, overhead=HEAVY))
    assert (overhead[0] == exact[0]).all()
    assert (computing[1] == exact[1]).all()
    assert (both[0] == computing[0]).all()
    assert (both[1] == overhead[1]).all()
    assert abs(np.corrcoef(np.log(both[0]).ravel(), np.log(both[1]).ravel())[0, 1]) < 0.3


@pytest.mark.parametrize(
    ("compute_ms", "overhead_ms", "segment_sd"),
    [(120, 6.5, 0.01), (120, 6.5, 0.06), (10_000, 340, 0.06), (60, 1, 0.1), (60, 1, 0.35)],
)
@pytest.mark.parametrize("host_sd", [0.01, 0.05, 0.15])
def test_a_machine_like_a_stored_run_has_its_programmed_medians(
    compute_ms: float, overhead_ms: float, segment_sd: float, host_sd: float
) -> None:
    machine = Machine(
        computing=Noise(segment_sd=host_sd, request_sd=0.02),
        overhead=replace(HEAVY, segment_sd=segment_sd),
        compute_ns=compute_ms * 1e6,
        overhead_ns=overhead_ms * 1e6,
    )
    _, remote = simulate(machine, np.random.default_rng(2), 2000, 101)
    medians = [np.median(np.median(times, axis=1)) for times in remote]
    assert medians[0] == pytest.approx(math.exp(machine.slower) * compute_ms * 1e6, rel=0.03)
    assert medians[1] == pytest.approx(overhead_ms * 1e6, rel=0.05)
    added_ns = overhead_ms * 1e6 - machine.local_overhead_ns
    assert programmed(machine, LENGTHS).overhead_ns == pytest.approx(added_ns)


def test_a_drift_is_of_both_arms_and_of_all_times_or_of_the_workers_computing_alone() -> None:
    def grown(machine: Machine) -> list[float]:
        arms = simulate(machine, np.random.default_rng(1), 5, 2)
        return [math.log(times[-1, 0] / times[0, 0]) for arm in arms for times in arm]

    assert grown(with_drift(EXACT, 0.1 / RUN_S)) == pytest.approx([0.1] * 4)
    worker = replace(EXACT, worker_drift_per_s=0.1 / RUN_S)
    assert grown(worker) == pytest.approx([0, 0, 0.1, 0], abs=1e-9)


def test_only_the_first_measured_request_is_late() -> None:
    late = draw(replace(EXACT, late_ns=20e6), np.random.default_rng(1), (3, 5), Placement.LOCAL, 2)
    assert (late.compute[:, 2] == COMPUTE_NS + 20e6).all()
    assert (np.delete(late.compute, 2, axis=1) == COMPUTE_NS).all()


def test_the_stamps_of_drawn_times_add_up_exactly_and_say_what_was_drawn() -> None:
    machine = replace(EXACT, computing=HEAVY, overhead=HEAVY)
    local, remote = simulate(machine, np.random.default_rng(4), 10, 5)
    rows = as_samples(
        {"local": local.latency, "remote": remote.latency},
        {"local": local.overhead, "remote": remote.overhead},
        burst_count=4,
    )
    stamps = rows.filter(regex="[cw][1-5]_ns").loc[rows.arm == "remote"]
    assert (stamps == stamps.round()).all(axis=None)
    assert (stamps.w5_ns - stamps.w1_ns <= stamps.c4_ns - stamps.c2_ns).all()
    for arm, drawn in (("local", local), ("remote", remote)):
        single = rows[(rows.arm == arm) & (rows.phase != "burst")]
        compute, latency = single.w4_ns - single.w3_ns, single.c5_ns - single.c1_ns
        assert compute.to_numpy() == pytest.approx(drawn.compute.ravel(), abs=1.1)
        overhead = (latency - compute).to_numpy()
        assert overhead == pytest.approx(drawn.overhead.ravel(), abs=2.1)


def test_two_in_flight_keep_the_worker_computing() -> None:
    _, remote = simulate(EXACT, np.random.default_rng(1), 3, 5)
    rows = as_samples({"remote": remote.latency}, {"remote": remote.overhead})
    burst = rows[rows.phase == "burst"]
    begun, ended = (burst[name].to_numpy().reshape(3, -1) for name in ("w3_ns", "w4_ns"))
    assert begun[:, 1:] - ended[:, :-1] == pytest.approx(SERVED_NS - COMPUTE_NS, abs=2)


def test_a_run_in_virtual_time_takes_what_the_arrays_would() -> None:
    machine, experiment = replace(Machine(), overhead=HEAVY), one_cell(1)
    rows = as_rows(next(virtual_blocks(machine, experiment, np.random.default_rng(9))))
    rng = np.random.default_rng(9)
    (visit,) = make_block(experiment, 1).restarts[0].visits
    for arm in visit.arms:
        length = LENGTHS.of(arm.placement)
        earlier = length.warmup_count + length.burst_count
        drawn = draw(machine, rng, (1, length.request_count), arm.placement, earlier)
        mine = slice(length.burst_count, length.computed_count)  # one after the other
        single = rows[(rows.arm == arm) & rows.phase.isin(["warmup", "latency"])]
        compute = (single.w4_ns - single.w3_ns).to_numpy()
        if arm.placement is Placement.REMOTE:
            compute = compute / (1 + OTHER_HOST.fast_ppm * 1e-6)
        overhead = (single.c5_ns - single.c1_ns).to_numpy() - compute
        assert compute == pytest.approx(drawn.compute[0, mine], abs=25)
        assert overhead == pytest.approx(drawn.overhead[0, mine], abs=150)
        assert overhead.std() > 0.05 * overhead.mean()
