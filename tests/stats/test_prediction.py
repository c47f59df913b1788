"""Predictions of another link, payload or worker, against blocks whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.records import Cell
from bench.stats.estimate import Estimate
from bench.stats.prediction import (
    MEASURED,
    Prediction,
    Scenario,
    fixed_transport,
    predict_blocks,
    predict_cells,
    request_parts,
)
from tests.stats.prediction_factory import (
    COMPUTE_MS,
    COPY_MS,
    IMAGE_BYTES,
    MS,
    OTHERS_MS,
    REPLY_BYTES,
    SIZES,
    make_values,
    wire_ms,
)

RATES = st.floats(10, 1e6)
SPEEDUPS = st.floats(0.1, 100)
FIXED = (0.6, 0.8, 0.7, 0.65, 0.75, 0.7)


def cell_of(values: pd.DataFrame, size: int, scenario: Scenario = MEASURED) -> Prediction:
    (found,) = (p for p in predict_cells(values, scenario) if p.cell.batch_size == size)
    return found


def point_ms(estimate: Estimate | None) -> float:
    assert estimate is not None
    return estimate.point / MS


def test_what_was_measured_is_predicted_as_it_was() -> None:
    values = make_values()
    for size in SIZES:
        found = cell_of(values, size)
        transport = np.mean(FIXED) + COPY_MS * size
        assert found.cell == Cell(batch_size=size, threads=1)
        assert found.blocks == len(FIXED)
        assert point_ms(found.overhead_ns) == pytest.approx(OTHERS_MS + transport)
        assert point_ms(found.latency_ns) == pytest.approx(
            OTHERS_MS + transport + COMPUTE_MS * size, rel=1e-5
        )


@settings(deadline=None, max_examples=30)
@given(
    fixed_ms=st.lists(st.floats(0, 2), min_size=1, max_size=4),
    sizes=st.sets(st.integers(1, 128), min_size=2, max_size=7),
)
def test_the_fixed_part_is_found_where_copying_takes_the_same_for_each_byte(
    fixed_ms: list[float], sizes: set[int]
) -> None:
    parts = request_parts(make_values(fixed_ms, sizes=sorted(sizes)))
    assert fixed_transport(parts).to_list() == pytest.approx(
        [MS * fixed for fixed in fixed_ms], abs=100
    )


def test_with_one_batch_size_all_of_the_transport_counts_as_fixed() -> None:
    found = cell_of(make_values(sizes=(4,)), 4, Scenario(rate_mbps=1000))
    transport = np.mean(FIXED) + COPY_MS * 4 + wire_ms(4, 1000)
    assert point_ms(found.overhead_ns) == pytest.approx(OTHERS_MS + transport)


@pytest.mark.parametrize("mbps", [100, 1000])
@pytest.mark.parametrize("size", SIZES)
def test_over_a_slow_link_the_wire_takes_the_place_of_copying(mbps: int, size: int) -> None:
    found = cell_of(make_values(), size, Scenario(rate_mbps=mbps))
    overhead = OTHERS_MS + np.mean(FIXED) + wire_ms(size, mbps)
    assert point_ms(found.overhead_ns) == pytest.approx(overhead)
    local = COMPUTE_MS * size
    assert found.overhead_percent is not None
    assert found.overhead_percent.point == pytest.approx(100 * overhead / local)
    assert found.latency_loss_percent is not None
    assert found.latency_loss_percent.point == pytest.approx(100 * overhead / local, rel=1e-4)


def test_a_link_that_is_faster_than_copying_changes_nothing() -> None:
    values = make_values()
    fast, measured = (predict_cells(values, each) for each in (Scenario(400_000), MEASURED))
    for there, here in zip(fast, measured, strict=True):
        assert point_ms(there.overhead_ns) == pytest.approx(point_ms(here.overhead_ns))


def test_the_round_trip_comes_on_top_once() -> None:
    near, far = (
        cell_of(make_values(), 4, Scenario(1000, rtt_ns=rtt_ms * MS)) for rtt_ms in (0.0, 3.0)
    )
    assert point_ms(far.overhead_ns) - point_ms(near.overhead_ns) == pytest.approx(3.0)
    assert point_ms(far.latency_ns) - point_ms(near.latency_ns) == pytest.approx(3.0, rel=1e-3)


def test_fewer_bytes_are_copied_and_carried_in_less_time_but_the_answer_stays() -> None:
    quarter = IMAGE_BYTES / 4
    found = cell_of(make_values(), 16, Scenario(image_bytes=quarter))
    share = (quarter + REPLY_BYTES) / (IMAGE_BYTES + REPLY_BYTES)
    overhead = OTHERS_MS + np.mean(FIXED) + share * COPY_MS * 16
    assert point_ms(found.overhead_ns) == pytest.approx(overhead)
    over_link = cell_of(make_values(), 16, Scenario(1000, image_bytes=quarter))
    overhead = OTHERS_MS + np.mean(FIXED) + wire_ms(16, 1000, quarter)
    assert point_ms(over_link.overhead_ns) == pytest.approx(overhead)


def test_a_speed_up_divides_the_compute_and_leaves_the_overhead() -> None:
    found = cell_of(make_values(), 4, Scenario(speedup=5))
    overhead = OTHERS_MS + np.mean(FIXED) + COPY_MS * 4
    assert point_ms(found.overhead_ns) == pytest.approx(overhead)
    assert point_ms(found.latency_ns) == pytest.approx(overhead + COMPUTE_MS * 4 / 5, rel=1e-4)


@settings(deadline=None, max_examples=30)
@given(
    rates=st.tuples(RATES, RATES),
    speedups=st.tuples(SPEEDUPS, SPEEDUPS),
    image_bytes=st.tuples(st.floats(1, 1e7), st.floats(1, 1e7)),
    rtt_ns=st.tuples(st.floats(0, 1e9), st.floats(0, 1e9)),
)
def test_in_no_block_does_a_faster_link_or_worker_or_a_smaller_payload_cost_more(
    rates: tuple[float, float],
    speedups: tuple[float, float],
    image_bytes: tuple[float, float],
    rtt_ns: tuple[float, float],
) -> None:
    parts = request_parts(make_values())
    good = Scenario(max(rates), min(rtt_ns), min(image_bytes), max(speedups))
    bad = Scenario(min(rates), max(rtt_ns), max(image_bytes), min(speedups))
    for name in Scenario._fields:
        better = predict_blocks(parts, bad._replace(**{name: getattr(good, name)}))
        worse = predict_blocks(parts, bad)
        for column in ("latency_ns", "overhead_ns"):
            assert (better[column] <= worse[column] * (1 + 1e-12)).all()
    slowest, measured = predict_blocks(parts, Scenario(min(rates))), predict_blocks(parts, MEASURED)
    assert (slowest.overhead_ns >= measured.overhead_ns - 1).all()


def test_the_interval_is_that_of_the_predictions_of_the_blocks() -> None:
    found = cell_of(make_values(), 4, Scenario(1000)).overhead_ns
    assert found is not None
    by_block = np.array(FIXED) + OTHERS_MS + wire_ms(4, 1000)
    low, high = stats.t.interval(0.95, len(FIXED) - 1, by_block.mean(), stats.sem(by_block))
    assert (found.low, found.high) == pytest.approx((low * MS, high * MS))
    assert found.n == len(FIXED)


@pytest.mark.parametrize(("blocks", "of_overhead"), [(2, False), (3, True), (5, True)])
def test_with_few_blocks_there_is_a_point_and_no_interval(blocks: int, of_overhead: bool) -> None:  # noqa: FBT001
    found = cell_of(make_values(FIXED[:blocks]), 4, Scenario(1000))
    assert found.overhead_ns is not None
    assert (found.overhead_ns.low is not None) == of_overhead
    for estimate in (found.latency_ns, found.latency_loss_percent):
        assert estimate is not None
        assert estimate.low is None


def test_a_cell_with_a_failed_request_in_the_middle_has_no_estimate_of_it() -> None:
    values = make_values()
    failed = (4, 1, 2, "remote")
    values.loc[[failed], ["latency_ns", "overhead_ns"]] = np.inf
    values.loc[[failed], ["transport_ns", "compute_ns"]] = np.nan
    found = cell_of(values, 4, Scenario(1000, speedup=2))
    assert (found.latency_ns, found.overhead_ns, found.latency_loss_percent) == (None, None, None)
    assert point_ms(cell_of(values, 16, Scenario(1000)).overhead_ns) == pytest.approx(
        OTHERS_MS + np.mean(FIXED) + wire_ms(16, 1000)
    )


def test_an_overhead_is_no_shorter_than_the_wire_where_the_typical_request_was_an_outlier() -> None:
    values = make_values()
    # The median request of a block waited 100 ms for its transport; the median overhead did not.
    slow = (4, 1, 2, "remote")
    for name in ("latency_ns", "transport_ns"):
        values[name] += 100 * MS * (values.index == slow)
    found = cell_of(values, 4, Scenario(1000))
    assert point_ms(found.overhead_ns) == pytest.approx(
        OTHERS_MS + np.mean(FIXED) + wire_ms(4, 1000)
    )


def test_a_run_without_one_of_the_arms_predicts_nothing() -> None:
    values = make_values()
    for arm in ("local", "remote"):
        of_arm = values[values.index.get_level_values("arm") == arm]
        assert predict_cells(of_arm, Scenario(1000)) == ()
