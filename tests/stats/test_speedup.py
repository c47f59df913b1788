"""Speed-ups against values worked out by hand: paired within blocks, on logs."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.records import Cell
from bench.stats.segments import KEYS
from bench.stats.speedup import estimate_speedups

MS = 1e6


def cell(threads: int) -> Cell:
    return Cell(batch_size=4, threads=threads)


def values(latency_ms: Mapping[tuple[int, str], Sequence[float]]) -> pd.DataFrame:
    """Return block values of batch 4: thread count and arm have one latency a block."""
    rows = [
        (4, threads, block, arm, MS * latency)
        for (threads, arm), blocks in latency_ms.items()
        for block, latency in enumerate(blocks, start=1)
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "latency_ns"]).set_index(KEYS)


def test_a_speed_up_is_the_geometric_mean_of_the_ratios_within_blocks() -> None:
    found = estimate_speedups(values({(1, "local"): [10, 20, 40], (2, "local"): [5, 8, 25]}))
    assert found[cell(2), "local"].point == pytest.approx((2 * 2.5 * 1.6) ** (1 / 3))
    assert found[cell(2), "local"].n == 3


def test_drift_that_both_thread_counts_share_widens_no_interval() -> None:
    slow = [10.0 * 1.1**block for block in range(6)]
    found = estimate_speedups(values({(1, "remote"): slow, (4, "remote"): [x / 3 for x in slow]}))
    speedup = found[cell(4), "remote"]
    assert (speedup.low, speedup.point, speedup.high) == pytest.approx((3, 3, 3))


def test_the_interval_is_the_t_interval_of_the_logs() -> None:
    faster = [5.0, 5.5, 5.2, 4.8, 5.1, 4.9]
    found = estimate_speedups(values({(1, "local"): [10.0] * 6, (2, "local"): faster}))
    logs = np.log(10 / np.array(faster))
    ends = stats.t.interval(0.95, 5, logs.mean(), stats.sem(logs))
    speedup = found[cell(2), "local"]
    assert (speedup.low, speedup.high) == pytest.approx(tuple(math.exp(end) for end in ends))


def test_five_blocks_have_a_speed_up_without_an_interval() -> None:
    found = estimate_speedups(values({(1, "local"): [10.0] * 5, (2, "local"): [6.0] * 5}))
    assert found[cell(2), "local"].low is None


def test_the_smallest_count_and_the_controls_have_no_speed_up() -> None:
    arms = {(t, arm): [10.0 / t] * 6 for t in (2, 4) for arm in ("local", "remote", "local2")}
    assert sorted(estimate_speedups(values(arms))) == [(cell(4), "local"), (cell(4), "remote")]


def test_only_blocks_that_measured_both_counts_are_compared() -> None:
    found = estimate_speedups(values({(1, "local"): [10, 10, 10], (2, "local"): [5, 5]}))
    assert found[cell(2), "local"].point == pytest.approx(2)
    assert found[cell(2), "local"].n == 2


def test_a_count_with_failed_requests_has_none_and_the_others_keep_theirs() -> None:
    arms = {(1, "local"): [8.0, 8.0], (2, "local"): [4.0, math.inf], (4, "local"): [2.0, 2.0]}
    found = estimate_speedups(values(arms))
    assert list(found) == [(cell(4), "local")]


def test_a_base_that_failed_leaves_no_speed_up() -> None:
    arms = {(1, "local"): [8.0, math.inf], (2, "local"): [4.0, math.inf]}
    assert estimate_speedups(values(arms)) == {}
