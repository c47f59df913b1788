"""A loss as a ratio of times: the same fact from either side, its interval included."""

from dataclasses import replace

import pytest

from bench.stats.estimate import Estimate
from bench.stats.time_ratio import TimeRatio, time_ratio
from tests.charts.factory import make_cell, unmeasured


def ratio_of(percent: float, low: float | None = None, high: float | None = None) -> TimeRatio:
    loss = Estimate(percent, low, high, 0.95, 10)
    ratio = time_ratio(replace(make_cell(1, 1), latency_loss_percent=loss))
    assert ratio is not None
    return ratio


def test_half_the_time_is_twice_as_fast_with_the_ends_exchanged() -> None:
    ratio = ratio_of(-50.0, -60.0, -20.0)
    assert ratio.faster
    assert not ratio.even
    times = ratio.times
    assert (times.point, times.low, times.high) == pytest.approx((2.0, 1.25, 2.5))


def test_twice_the_time_is_twice_as_long() -> None:
    ratio = ratio_of(100.0, 80.0, 120.0)
    assert not ratio.faster
    assert ratio.times == ratio.as_long
    assert (ratio.times.low, ratio.times.high) == pytest.approx((1.8, 2.2))


def test_arms_are_even_where_the_interval_includes_one() -> None:
    assert ratio_of(-1.0, -3.0, 1.0).even
    assert not ratio_of(0.0).even


def test_a_cell_that_was_not_measured_has_no_ratio() -> None:
    assert time_ratio(unmeasured(make_cell(1, 1))) is None
