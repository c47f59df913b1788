"""Single requests as multiples of the published latency; what is thinned keeps its shape."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records import Cell
from bench.stats.blocks import reduce_blocks
from bench.stats.requests import Strip, dots_each, evenly_ranked, request_strips
from bench.stats.summary import single_latencies
from tests.stats.factory import make_samples, summarise

CELL = Cell(batch_size=4, threads=1)
LOCAL, REMOTE = [10.0, 20.0, 40.0], [11.0, 22.0, 44.0]


def strips_of(samples: pd.DataFrame, invalid: frozenset[int] = frozenset()) -> dict[str, Strip]:
    summary = summarise(samples, [CELL], invalid)
    counted = reduce_blocks([samples]).without(summary.invalid_blocks)
    data = reduce_blocks([samples]) if counted.segments.empty else counted
    strips = request_strips(single_latencies(data), summary)
    return {strip.arm: strip for strip in strips}


def test_requests_are_multiples_of_the_cell_s_published_local_latency() -> None:
    strips = strips_of(make_samples({"local": LOCAL, "remote": REMOTE}))
    assert strips["local"].typical == 1
    assert strips["remote"].typical == pytest.approx(1.1)
    assert (strips["local"].least, strips["local"].most) == pytest.approx((0.5, 2))
    assert strips["remote"].multiples == pytest.approx([0.55] * 3 + [1.1] * 3 + [2.2] * 3)


def test_places_are_in_the_order_measured_and_warm_up_has_none() -> None:
    strip = strips_of(make_samples({"local": LOCAL, "remote": REMOTE}))["local"]
    assert strip.requests == 9
    assert strip.places == pytest.approx((np.arange(9) + 0.5) / 9)
    assert strip.multiples == pytest.approx([0.5] * 3 + [1] * 3 + [2] * 3)


def test_a_failed_request_is_counted_and_has_no_dot() -> None:
    samples = make_samples({"local": LOCAL, "remote": REMOTE}, requests=5)
    first = (samples.arm == "remote") & (samples.block == 1) & (samples.request == 1)
    samples.loc[first, "outcome"] = "timed_out"
    strip = strips_of(samples)["remote"]
    assert (strip.requests, strip.failed_count, len(strip.multiples)) == (15, 1, 14)


def test_requests_of_invalid_blocks_have_no_dot_unless_there_is_no_other_block() -> None:
    samples = make_samples({"local": LOCAL, "remote": REMOTE})
    assert strips_of(samples, frozenset({3}))["local"].most == pytest.approx(2**0.5)
    assert strips_of(samples, frozenset({1, 2, 3}))["local"].requests == 9


def test_a_cell_that_lacks_an_arm_has_no_strip() -> None:
    samples = make_samples({"local": LOCAL, "remote": REMOTE})
    assert strips_of(samples[samples.arm == "local"]) == {}


def test_many_requests_are_thinned_and_their_extremes_stay() -> None:
    rng = np.random.default_rng(1)
    local = [float(x) for x in rng.lognormal(2, 0.3, 200)]
    strip = strips_of(make_samples({"local": local, "remote": local}))["local"]
    assert strip.requests == 600
    assert len(strip.multiples) == len(strip.places) == 80
    assert (strip.multiples.min(), strip.multiples.max()) == (strip.least, strip.most)
    quartiles = np.quantile(strip.multiples, [0.25, 0.5, 0.75])
    unit = float(np.exp(np.log(local).mean()))
    assert quartiles == pytest.approx(np.quantile(local, [0.25, 0.5, 0.75]) / unit, rel=0.05)


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=300), st.integers(2, 60))
def test_evenly_ranked_values_are_few_and_keep_the_least_and_the_most(
    values: list[float], most: int
) -> None:
    array = np.array(values)
    kept = evenly_ranked(array, most)
    assert len(kept) == len(set(kept.tolist())) == min(len(values), most)
    assert (np.diff(kept) > 0).all()
    assert {array[kept].min(), array[kept].max()} == {array.min(), array.max()}


def test_the_more_strips_there_are_the_fewer_dots_each_has() -> None:
    assert [dots_each(count) for count in (2, 28, 252, 10**6)] == [80, 80, 15, 2]
