"""Intervals of one number a block, against scipy and values worked out by hand."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.stats.intervals import (
    Interval,
    estimate_loss,
    estimate_mean,
    hodges_lehmann,
    mean_interval,
)
from bench.stats.loss_scale import LATENCY, THROUGHPUT, LossScale, Values
from bench.stats.verdict import p_value

BLOCKS = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30, 0.95])


def test_hodges_lehmann_is_the_median_of_all_pairs_means() -> None:
    pairs = [(a + b) / 2 for i, a in enumerate(BLOCKS) for b in BLOCKS[i:]]
    found = hodges_lehmann(BLOCKS)
    assert found is not None
    assert found[0] == pytest.approx(float(np.median(pairs)))


@pytest.mark.parametrize("n", [6, 7, 8, 10])
def test_the_signed_rank_interval_holds_what_the_exact_test_does_not_reject(n: int) -> None:
    values = BLOCKS[:n]
    found = hodges_lehmann(values)
    assert found is not None
    _, low, high = found
    nudge = 1e-6
    for inside in (low + nudge, high - nudge):
        assert stats.wilcoxon(values - inside, method="exact").pvalue > 0.05
    for outside in (low - nudge, high + nudge):
        assert stats.wilcoxon(values - outside, method="exact").pvalue <= 0.05


def test_one_far_block_moves_the_mean_and_not_hodges_lehmann() -> None:
    far = np.append(BLOCKS[:-1], 1000.0)
    mean, robust = mean_interval(far), hodges_lehmann(far)
    assert mean is not None
    assert robust is not None
    assert mean[0] > 100
    assert robust[0] < 3


@pytest.mark.parametrize("interval", [mean_interval, hodges_lehmann])
def test_five_blocks_have_a_point_without_an_interval_and_none_have_nothing(
    interval: Callable[[Values], Interval | None],
) -> None:
    found = interval(BLOCKS[:5])
    assert found is not None
    assert np.isnan(found[1])
    assert interval(np.empty(0)) is None
    assert interval(np.array([1.0, np.inf])) is None


def test_the_twin_is_the_plain_t_interval_of_the_differences() -> None:
    found = estimate_mean(pd.Series(BLOCKS))
    low, high = stats.t.interval(0.95, 9, BLOCKS.mean(), stats.sem(BLOCKS))
    assert found is not None
    assert found.point == pytest.approx(BLOCKS.mean())
    assert (found.low or 0, found.high or 0) == pytest.approx((low, high))
    assert found.n == 10


@pytest.mark.parametrize("scale", [LATENCY, THROUGHPUT])
@settings(deadline=None)
@given(log_ratio=st.floats(-3, 3))
def test_a_loss_becomes_its_log_ratio_again(scale: LossScale, log_ratio: float) -> None:
    assert scale.to_log(scale.to_percent(log_ratio)) == pytest.approx(log_ratio, abs=1e-12)


def test_half_the_throughput_is_a_loss_of_50_percent_and_double_latency_one_of_100() -> None:
    one, two = pd.Series([1.0]), pd.Series([2.0])
    for local, remote, scale, loss in ((two, one, THROUGHPUT, 50), (one, two, LATENCY, 100)):
        found = estimate_loss(local, remote, scale)
        assert found is not None
        assert found.point == pytest.approx(loss)


@pytest.mark.parametrize("scale", [LATENCY, THROUGHPUT])
def test_the_p_value_is_that_of_the_t_test_on_logs(scale: LossScale) -> None:
    local = pd.Series(np.full(10, 5.0))
    remote = local * np.exp(0.3 * BLOCKS)
    found = estimate_loss(local, remote, scale)
    assert found is not None
    right = stats.ttest_1samp(np.log(remote / local), 0).pvalue
    assert p_value(found, scale) == pytest.approx(right, rel=1e-9)
