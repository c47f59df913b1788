"""Flags of a cell, each raised by what it names and by nothing else."""

import numpy as np
import pytest

from bench.calibration.rows import CELL, as_samples
from bench.stats.columns import Floats
from bench.stats.flags import FLAGS, drifts, outlier_sensitive
from tests.stats.factory import summarise

MS = 1e6
RNG = np.random.default_rng(21)


def _flags(local: Floats, remote: Floats) -> tuple[str, ...]:
    return summarise(as_samples({"local": local, "remote": remote}), [CELL]).cells[0].flags


def _arm(spread: float, blocks: int = 10) -> Floats:
    noise = RNG.normal(0, spread, (blocks, 1)) + RNG.normal(0, 0.001, (blocks, 9))
    latency: Floats = 100 * MS * np.exp(noise)
    return latency


def test_a_quiet_cell_raises_no_flag() -> None:
    assert _flags(_arm(0.001), _arm(0.001)) == ()


def test_wide_blocks_are_imprecise() -> None:
    assert _flags(_arm(0.05), _arm(0.05)) == ("imprecise",)


def test_a_trend_of_the_ratio_is_a_drift_and_a_zigzag_too() -> None:
    assert drifts(np.linspace(0, 0.1, 20))
    assert drifts(np.array([0.1, -0.1] * 10))
    assert not drifts(np.zeros(20))
    assert not drifts(np.linspace(0, 0.1, 5))


def test_independent_blocks_seldom_seem_to_drift() -> None:
    assert sum(drifts(RNG.normal(0, 1, 20)) for _ in range(1000)) < 80


@pytest.mark.parametrize("blocks", [10, 20, 40])
def test_one_far_block_is_outlier_sensitive_and_normal_blocks_are_not(blocks: int) -> None:
    normal = [RNG.normal(0, 0.01, blocks) for _ in range(500)]
    assert sum(map(outlier_sensitive, normal)) < 20
    far = [np.append(values[:-1], 1.0) for values in normal]
    assert sum(map(outlier_sensitive, far)) > 475


def test_a_summary_with_one_slow_block_says_that_it_depends_on_it() -> None:
    remote = _arm(0.002)
    remote[4] *= 3
    assert {"outlier_sensitive", "imprecise"} <= set(_flags(_arm(0.002), remote))


def test_every_flag_has_a_meaning_in_plain_words() -> None:
    assert all(len(meaning.split()) > 5 for meaning in FLAGS.values())
