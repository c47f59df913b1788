"""Estimates against values worked out by hand, and coverage against a known truth."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.records import Cell
from bench.stats.cells import Attribution, CellSummary
from bench.stats.estimate import LEVEL, Estimate
from bench.stats.intervals import mean_interval, t_quantile
from bench.stats.loss_scale import LATENCY, THROUGHPUT
from bench.stats.stopping import ADAPTIVE_QUANTILE
from bench.stats.verdict import adjusted_p_values, decide, p_value
from bench.stats.verdict_words import EXPLORATORY, NOT_MEASURED, SLOWER, UNDECIDED
from bench.text.summary_table import detail_rows
from tests.stats.factory import make_samples, summarise

CELL = Cell(batch_size=4, threads=1)


def _cell(local: list[float], remote: list[float]) -> CellSummary:
    return summarise(make_samples({"local": local, "remote": remote}), [CELL]).cells[0]


def test_the_latency_loss_is_the_geometric_mean_of_the_paired_ratios() -> None:
    cell = _cell([10, 20, 40], [11, 22, 44])
    assert cell.latency_loss_percent is not None
    assert cell.latency_loss_percent.point == pytest.approx(10)
    assert cell.arms["local"].latency_ns is not None
    assert cell.arms["local"].latency_ns.point == pytest.approx(20e6)


def test_throughput_counts_images_between_completions_and_is_not_batch_over_latency() -> None:
    cell = _cell([20.0], [50.0])
    assert cell.arms["local"].throughput_ips is not None
    assert cell.arms["local"].throughput_ips.point == pytest.approx(4 / 0.020)
    assert cell.arms["remote"].throughput_ips is not None
    assert cell.arms["remote"].throughput_ips.point == pytest.approx(4 / 0.010)
    assert cell.throughput_loss_percent is not None
    assert cell.throughput_loss_percent.point == pytest.approx(-100)


def test_the_interval_is_the_paired_t_interval_on_logs() -> None:
    remote = [11.0, 10.5, 11.2, 10.8, 11.1, 10.9]
    cell = _cell([10.0] * 6, remote)
    logs = np.log(np.array(remote) / 10)
    low, high = stats.t.interval(0.95, 5, logs.mean(), stats.sem(logs))
    loss = cell.latency_loss_percent
    assert loss is not None
    assert (loss.low, loss.high) == pytest.approx(
        (100 * math.expm1(low), 100 * math.expm1(high)), rel=1e-5
    )
    assert loss.n == 6


def test_fewer_than_six_blocks_have_a_point_but_no_interval() -> None:
    cell = _cell([10.0] * 5, [11.0] * 5)
    assert cell.latency_loss_percent is not None
    assert cell.latency_loss_percent.low is None
    assert cell.latency_verdict == EXPLORATORY


def test_a_planned_cell_without_rows_is_not_measured_and_never_zero() -> None:
    other = Cell(batch_size=8, threads=1)
    summary = summarise(make_samples({"local": [10], "remote": [11]}), [CELL, other])
    assert summary.cells[1].latency_loss_percent is None
    assert summary.cells[1].arms["remote"].throughput_ips is None
    assert summary.cells[1].latency_verdict == NOT_MEASURED


def test_a_timed_out_request_counts_as_infinitely_slow() -> None:
    samples = make_samples({"local": [10], "remote": [11]})
    late = (samples.arm == "remote") & (samples.phase == "latency")
    samples["outcome"] = samples.outcome.where(~late, "timed_out")
    cell = summarise(samples, [CELL]).cells[0]
    assert cell.arms["remote"].latency_ns is None
    assert cell.failed_count == 3


def test_warm_up_rows_never_change_an_estimate() -> None:
    samples = make_samples({"local": [10, 10], "remote": [11, 11]})
    slow = samples.copy()
    slow.loc[slow.phase == "warmup", "c1_ns"] -= 10**9
    assert summarise(slow, [CELL]) == summarise(samples, [CELL])


def test_the_placebo_gives_the_noise_floor() -> None:
    summary = summarise(make_samples({"local": [10], "remote": [11], "local2": [10.3]}), [CELL])
    assert summary.noise_floor_percent == pytest.approx(3)


def test_the_interval_covers_the_truth_in_95_percent_of_simulated_runs() -> None:
    rng = np.random.default_rng(7)
    covered = 0
    for logs in rng.normal(0.05, 0.02, size=(4000, 10)):
        found = mean_interval(logs)
        assert found is not None
        covered += found[1] <= 0.05 <= found[2]
    assert 0.94 <= covered / 4000 <= 0.96


def test_verdicts_say_what_the_interval_says() -> None:
    noise = np.array([0.1, -0.1, 0.05, -0.05, 0.02, -0.02, 0.08, -0.08, 0.01, -0.01])
    words = {}
    for percent in (-10, 0, 2, 10):
        remote = [10 * (1 + percent / 100) * (1 + e / 100) for e in noise]
        words[percent] = _cell([10.0] * 10, remote).latency_verdict
    assert words == {-10: "faster", 0: "equivalent", 2: "small", 10: "slower"}
    assert decide([None], None) == [UNDECIDED]


def test_the_throughput_verdict_uses_its_own_scale() -> None:
    # A loss of 60 % is a log ratio of 0.92; the same percent of latency would be one of 0.47.
    losses = [Estimate(60, 2.5, 84, LEVEL, 10)]
    assert decide(losses, None, THROUGHPUT) == [SLOWER]
    assert decide([Estimate(60, 59, 61, LEVEL, 10), None], None, THROUGHPUT) == [SLOWER, UNDECIDED]


def test_requests_that_only_probe_the_way_are_not_summarised() -> None:
    samples = make_samples({"local": [10] * 6, "remote": [11] * 6})
    probes = samples[(samples.arm == "remote") & (samples.phase == "latency")].assign(phase="probe")
    (with_probes,) = summarise(pd.concat([samples, probes], ignore_index=True), [CELL]).cells
    (without,) = summarise(samples, [CELL]).cells
    assert replace(with_probes, flags=()) == replace(without, flags=())
    # They take as long as a request that is computed, and outside of computing there is no time.
    assert set(with_probes.flags) - set(without.flags) == {"probes_differ"}


def test_a_run_without_remote_rows_or_worker_stamps_is_summarised_as_far_as_it_goes() -> None:
    local = summarise(make_samples({"local": [10, 10]}), [CELL]).cells[0]
    assert local.arms["local"].latency_ns is not None
    assert local.latency_verdict == NOT_MEASURED
    bare = make_samples({"local": [10, 10], "remote": [11, 11]})
    stamps = [name for name in bare.columns if name.startswith("w") or name in ("c2_ns", "c4_ns")]
    bare[stamps] = np.nan
    cell = summarise(bare, [CELL]).cells[0]
    assert cell.latency_loss_percent is not None
    assert cell.compute_ratio is None
    assert cell.attribution == Attribution()


def test_details_hold_every_figure_in_flat_columns() -> None:
    blocks = [10.0, 10.1, 9.9, 10.2, 9.8, 10.0]
    samples = make_samples({"local": blocks, "remote": [1.1 * b for b in blocks]}, requests=20)
    other = Cell(batch_size=8, threads=1)
    measured, absent = detail_rows(summarise(samples, [CELL, other]))
    assert list(measured) == list(absent)
    assert measured["latency_loss_percent"] == pytest.approx(10)
    assert measured["latency_loss_ns"] == pytest.approx(1e6)
    assert measured["latency_loss_hl"] == pytest.approx(10)
    assert measured["points_slower_compute"] == pytest.approx(10)
    assert measured["component_compute_local_ns"] == pytest.approx(10e6)
    assert measured["p50_local_ns_needed_size"] == 6
    assert measured["p99_remote_ns"] is None
    assert measured["failed_fraction"] == 0
    numbers = {name: value for name, value in absent.items() if name.endswith(("_ns", "_percent"))}
    assert set(numbers.values()) == {None}
    assert all(not isinstance(value, tuple | dict) for value in measured.values())


def test_where_widths_chose_the_blocks_every_interval_is_wider_and_no_p_value_changes() -> None:
    remote = [11.0, 10.5, 11.2, 10.8, 11.1, 10.9]
    samples = make_samples({"local": [10.0, 10.1, 9.9, 10.2, 9.8, 10.0], "remote": remote})
    fixed, adaptive = (
        summarise(samples, [CELL], level=level).cells[0] for level in (LEVEL, ADAPTIVE_QUANTILE)
    )
    ratio = t_quantile(len(remote), ADAPTIVE_QUANTILE) / t_quantile(len(remote))
    for name in ("latency_loss_percent", "latency_loss_ns", "compute_ratio"):
        narrow, wide = getattr(fixed, name), getattr(adaptive, name)
        assert wide.point == narrow.point
        assert wide.low < narrow.low < narrow.high < wide.high
    assert fixed.arms["local"].latency_ns != adaptive.arms["local"].latency_ns
    narrow, wide = fixed.latency_loss_ns, adaptive.latency_loss_ns
    assert narrow is not None
    assert narrow.high is not None
    assert wide is not None
    assert wide.high is not None
    assert wide.high - wide.point == pytest.approx(ratio * (narrow.high - narrow.point))
    before, after = fixed.latency_loss_percent, adaptive.latency_loss_percent
    assert before is not None
    assert after is not None
    assert p_value(after, LATENCY) == pytest.approx(p_value(before, LATENCY))


def test_p_values_are_adjusted_as_scipy_does() -> None:
    rng = np.random.default_rng(3)
    for count in (0, 1, 2, 14, 252):
        p_values = np.round(rng.uniform(size=count) ** 4, 3).tolist()  # small ones, some equal
        right = stats.false_discovery_control(p_values).tolist() if p_values else []
        assert adjusted_p_values(p_values) == right
