"""When a run stops, per cell, and that only widths decide it."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bench.calibration.rows import as_samples
from bench.records import Cell
from bench.stats import stopping
from bench.stats.blocks import reduce_blocks
from bench.stats.stopping import BUDGET, MAX_BLOCKS, WIDTH, Decision
from tests.stats.factory import make_samples

NARROW = [10 * (1 + e) for e in (0.001, -0.001) * 5]
WIDE = [10 * (1 + e) for e in (0.1, -0.1) * 5]


def decisions(samples: pd.DataFrame, delta: float, **options: Any) -> tuple[Decision, ...]:
    return stopping.decisions(reduce_blocks([samples]).segments, delta, **options)


def precise_enough(samples: pd.DataFrame, delta: float, **options: Any) -> bool:
    return stopping.precise_enough(reduce_blocks([samples]).segments, delta, **options)


def test_stopping_looks_at_widths_only() -> None:
    for factor in (0.5, 1.0, 2.0):
        shifted = [factor * value for value in NARROW]
        assert precise_enough(make_samples({"local": NARROW, "remote": shifted}), 0.02)
        assert not precise_enough(make_samples({"local": WIDE, "remote": shifted}), 0.02)
    nine = make_samples({"local": NARROW[:9], "remote": NARROW[:9]})
    assert not precise_enough(nine, 0.02)


def test_a_decision_states_what_it_rests_on() -> None:
    (decision,) = decisions(make_samples({"local": NARROW, "remote": NARROW}), 0.02)
    assert decision.cell == Cell(batch_size=4, threads=1)
    assert (decision.blocks, decision.requests_per_block, decision.requests) == (10, 3, 30)
    assert decision.half_width == pytest.approx(
        2.4915 * np.std(np.log(NARROW), ddof=1) / 10**0.5, rel=0.01
    )
    assert decision.precise
    assert decision.reason == WIDTH


def test_a_wide_cell_ended_by_the_budget_or_at_the_most_blocks() -> None:
    samples = make_samples({"local": WIDE, "remote": NARROW})
    assert decisions(samples, 0.02)[0].reason == BUDGET
    assert decisions(samples, 0.02, max_blocks=10)[0].reason == MAX_BLOCKS
    assert decisions(samples, 0.02, max_blocks=11)[0].reason == BUDGET


def test_swapped_arms_make_the_same_decisions() -> None:
    rng = np.random.default_rng(4)
    first, second = (100e6 * np.exp(rng.normal(0, 0.02, (12, 5))) for _ in range(2))
    one = decisions(as_samples({"local": first, "remote": 1.3 * second}), 0.02)
    other = decisions(as_samples({"local": 1.3 * second, "remote": first}), 0.02)
    assert one == other


def test_an_invalid_block_does_not_count() -> None:
    samples = make_samples({"local": [*NARROW, 99.0], "remote": [*NARROW, 10.0]})
    assert not precise_enough(samples, 0.02)
    assert precise_enough(samples, 0.02, invalid_blocks={11})
    assert not precise_enough(samples, 0.02, invalid_blocks={10, 11})


def test_a_cell_with_a_time_out_in_the_middle_is_never_precise() -> None:
    samples = make_samples({"local": NARROW, "remote": NARROW})
    late = (samples.arm == "remote") & (samples.phase == "latency") & (samples.block == 2)
    samples["outcome"] = samples.outcome.where(~late, "timed_out")
    assert decisions(samples, 0.02)[0].half_width is None


def test_a_run_without_a_block_that_counts_goes_on() -> None:
    one = make_samples({"local": NARROW[:1], "remote": NARROW[:1]})
    assert not precise_enough(one, 0.02, invalid_blocks=[1])
