"""Quantiles of requests: METHOD's formulas, and no number where the data cannot carry one."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.stats.columns import Floats, Ints
from bench.stats.estimate import Quantile
from bench.stats.quantile import needed_size, quantiles

RNG = np.random.default_rng(11)


def _quantile(values: Floats, blocks: Ints, probability: float) -> Quantile:
    """Return a quantile of values whose blocks are given one by one."""
    (found,) = quantiles([values[blocks == b] for b in np.unique(blocks)], [probability])
    return found


def _blocks(count: int, requests: int) -> Ints:
    return np.repeat(np.arange(count), requests)


@pytest.mark.parametrize(
    ("probability", "size"), [(0.9, 36), (0.95, 72), (0.99, 368), (0.999, 3688), (0.5, 6)]
)
def test_the_needed_sizes_are_those_of_the_method(probability: float, size: int) -> None:
    assert needed_size(probability) == size


def test_independent_requests_give_the_interval_worked_out_by_hand() -> None:
    values = RNG.permutation(np.arange(1.0, 1001.0))
    # In each block the same share lies below the quantile, so that blocks do not matter.
    blocks = np.empty(1000, dtype=int)
    blocks[np.argsort(values)] = np.arange(1000) % 20
    found = _quantile(values, blocks, 0.95)
    size = 1000 * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 19)) ** 2
    hits = 0.95 * size
    low = stats.beta.ppf(0.025, hits, size - hits + 1)
    high = stats.beta.ppf(0.975, hits + 1, size - hits)
    assert found.effective_size == pytest.approx(size)
    assert found.point == 950
    assert (found.low, found.high) == (math.floor(low * 1000), math.ceil(high * 1000))


def test_requests_that_follow_their_block_count_as_little_more_than_their_blocks() -> None:
    blocks = _blocks(20, 50)
    found = _quantile(blocks + RNG.normal(0, 1e-3, 1000), blocks, 0.5)
    assert 15 < found.effective_size < 20


def test_too_small_an_effective_size_prints_no_number_and_says_both_sizes() -> None:
    blocks = _blocks(10, 12)
    found = _quantile(RNG.normal(100, 1, 120), blocks, 0.99)
    assert (found.point, found.low, found.high) == (None, None, None)
    assert found.effective_size < found.needed_size == 368


def test_a_tail_whose_few_slow_blocks_were_missed_is_not_published() -> None:
    # Nearly all spread is between blocks: 1200 requests say as much as 20 numbers.
    published = 0
    for _ in range(100):
        restarts = RNG.normal(0, 0.03, (20, 1)) + RNG.normal(0, 0.01, (20, 60))
        published += _quantile(np.exp(restarts).ravel(), _blocks(20, 60), 0.95).point is not None
    assert published == 0


def test_one_block_alone_carries_no_quantile() -> None:
    assert _quantile(RNG.normal(100, 1, 5000), np.ones(5000, dtype=int), 0.5).point is None


def test_failed_requests_make_a_bound_unknown_and_a_quantile_among_them_too() -> None:
    values = RNG.permutation(np.append(np.arange(9900.0), np.full(100, np.inf)))
    blocks = np.empty(10_000, dtype=int)
    blocks[np.argsort(values)] = np.arange(10_000) % 50
    p99 = _quantile(values, blocks, 0.99)
    assert p99.point == 9899
    assert p99.high is None
    assert _quantile(values, blocks, 0.995).point is None


@settings(deadline=None)
@given(st.lists(st.floats(1, 1e9), min_size=30, max_size=60))
def test_quantiles_and_their_bounds_are_in_order(values: list[float]) -> None:
    data = np.repeat(np.array(values), 20)
    found = [_quantile(data, np.arange(len(data)) % 10, p) for p in (0.5, 0.95)]
    carried = [q for q in found if q.point is not None]
    for q in carried:
        assert min(values) <= (q.low or 0) <= (q.point or 0) <= (q.high or 0) <= max(values)
    points = [q.point or 0 for q in carried]
    assert points == sorted(points)
