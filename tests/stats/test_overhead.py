"""Overhead and compute difference against values worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.records import Cell
from bench.stats.blocks import reduce_blocks
from bench.stats.estimate import LEVEL, Estimate
from bench.stats.overhead import decide_overheads, estimate_overhead, pool_overheads
from bench.stats.verdict_words import ABOUT, COSTS, EXPLORATORY, NEGLIGIBLE, NOT_MEASURED, UNDECIDED
from tests.stats.factory import make_samples, summarise

CELL = Cell(batch_size=4, threads=1)
MS = 1e6


def arm(overhead_ms: list[float], compute_ms: list[float], waiting: float = 0.0) -> pd.DataFrame:
    """Return the values of an arm, one row a block."""
    overhead, compute = MS * np.array(overhead_ms), MS * np.array(compute_ms)
    return pd.DataFrame(
        {
            "latency_ns": overhead + compute,
            "overhead_ns": overhead,
            "median_compute_ns": compute,
            "overlapped_compute_ns": 1.1 * compute,
            "waiting_fraction": waiting,
        },
        index=pd.RangeIndex(1, 1 + len(overhead), name="block"),
    )


def interval(percent: float, half: float, n: int = 10) -> Estimate:
    return Estimate(percent, percent - half, percent + half, LEVEL, n)


def test_the_overhead_is_the_mean_of_the_arms_differences_with_its_t_interval() -> None:
    local = arm([1.0, 1.0, 1.0, 1.0], [99.0, 199.0, 99.0, 99.0])
    remote = arm([6.0, 7.0, 8.0, 7.0], [99.0, 120.0, 99.0, 99.0])
    found = estimate_overhead(local, remote).overhead_ns
    assert found is not None
    low, high = stats.t.interval(0.95, 3, 6.0, stats.sem([5.0, 6.0, 7.0, 6.0]))
    assert (found.point, found.low, found.high) == pytest.approx((6e6, low * MS, high * MS))
    assert found.n == 4


def test_in_percent_it_is_divided_by_the_local_latency_of_the_run_and_not_block_by_block() -> None:
    local = arm([0.0] * 3, [100.0, 400.0, 200.0])
    remote = arm([10.0] * 3, [100.0, 400.0, 200.0])
    found = estimate_overhead(local, remote).overhead_percent
    assert found is not None
    assert (found.low, found.point, found.high) == pytest.approx((5, 5, 5))


def test_two_blocks_have_no_interval_and_one_arm_has_nothing() -> None:
    two = estimate_overhead(arm([1, 1], [9, 9]), arm([2, 2], [9, 9])).overhead_ns
    assert two is not None
    assert two.point == pytest.approx(1e6)
    assert two.low is None
    assert estimate_overhead(arm([1, 1], [9, 9]), arm([], [])).overhead_ns is None


def test_a_median_that_failed_requests_make_infinite_gives_no_estimate() -> None:
    found = estimate_overhead(arm([1] * 3, [9] * 3), arm([2, math.inf, 2], [9] * 3))
    assert found.overhead_ns is None
    assert found.overhead_percent is None


def test_the_compute_difference_is_the_ratio_of_the_compute_times() -> None:
    found = estimate_overhead(arm([0] * 3, [100, 50, 20]), arm([9] * 3, [110, 55, 22]))
    assert found.compute_difference_percent is not None
    assert found.compute_difference_percent.point == pytest.approx(10)
    assert found.compute_difference_percent.high == pytest.approx(10)


def test_waiting_is_what_remote_waits_more_than_local() -> None:
    found = estimate_overhead(arm([0], [9], waiting=0.1), arm([0], [9], waiting=0.28))
    assert found.waiting_percent == pytest.approx(20)


@pytest.mark.parametrize(
    ("overhead", "verdict"),
    [
        (interval(1.0, 0.5), NEGLIGIBLE),
        (interval(5.0, 0.5), COSTS),
        (interval(2.1, 0.4), ABOUT),
        (interval(2.1, 0.6), UNDECIDED),
        (Estimate(5.0, None, None, LEVEL, 2), EXPLORATORY),
        (None, NOT_MEASURED),
    ],
)
def test_a_verdict_says_on_which_side_of_what_matters_the_interval_lies(
    overhead: Estimate | None, verdict: str
) -> None:
    assert decide_overheads([overhead]) == [verdict]


def test_one_cell_among_many_needs_a_smaller_p_value() -> None:
    barely = interval(2.51, 0.5)
    assert decide_overheads([barely]) == [COSTS]
    assert decide_overheads([barely, *[interval(2.0, 0.5)] * 20])[0] == UNDECIDED


def test_the_middle_cells_of_each_block_make_the_pooled_difference() -> None:
    cells = {
        Cell(batch_size=size, threads=threads): {
            "local": arm([0] * 3, [100] * 3),
            "remote": arm([0] * 3, [100 * math.exp(log)] * 3),
        }
        for (size, threads), log in {
            **{(2**at, 1): 0.01 for at in range(7)},
            **{(2**at, 2): 0.03 for at in range(7)},
            (1, 1): -9.0,  # a wild cell at either end is left out
            (64, 1): 9.0,
        }.items()
    }
    pooled = pool_overheads(cells)
    one, two = (pooled[f"compute_difference_threads_{t}_percent"] for t in (1, 2))
    assert one.point == pytest.approx(100 * math.expm1(0.01))
    assert two.point == pytest.approx(100 * math.expm1(0.03))
    # Without the 3 highest and the 3 lowest of 14: 3 of the one kind and 5 of the other.
    assert pooled["compute_difference_percent"].point == pytest.approx(
        100 * math.expm1((3 * 0.01 + 5 * 0.03) / 8)
    )


def test_without_a_cell_nothing_is_pooled() -> None:
    assert pool_overheads({}) == {}


def test_a_cell_that_lacks_a_block_is_left_out_of_the_pooled_difference() -> None:
    whole = {"local": arm([0] * 3, [100] * 3), "remote": arm([0] * 3, [110] * 3)}
    part = {"local": arm([0] * 2, [100] * 2), "remote": arm([0] * 2, [500] * 2)}
    pooled = pool_overheads({CELL: whole, replace_size(8): part})
    assert pooled["compute_difference_percent"].point == pytest.approx(10)
    assert pooled["compute_difference_percent"].n == 3


def replace_size(batch_size: int) -> Cell:
    return Cell(batch_size=batch_size, threads=1)


def test_waiting_and_stretch_have_an_interval_from_ten_blocks_on() -> None:
    for blocks, known in ((9, False), (10, True)):
        arms = {
            "local": arm([0] * blocks, [100] * blocks),
            "remote": arm([0] * blocks, [100] * blocks, waiting=0.05),
        }
        pooled = pool_overheads({CELL: arms})
        waiting, stretch = (pooled[f"{n}_threads_1_percent"] for n in ("waiting", "stretch"))
        assert waiting.point == pytest.approx(5)
        assert stretch.point == pytest.approx(10)
        assert ((waiting.low is not None), (stretch.low is not None)) == (known, known)


def test_overheads_are_medians_of_requests_where_a_failed_one_is_infinite() -> None:
    samples = make_samples({"local": [10], "remote": [12]}, requests=4)
    remote = (samples.arm == "remote") & (samples.phase == "latency")
    samples.loc[remote, "w4_ns"] = samples.w3_ns[remote] + MS * np.array([8, 9, 9.5, 4])
    median = reduce_blocks([samples]).segments.overhead_ns.xs("remote", level="arm")
    assert median.to_numpy() == pytest.approx(3.5 * MS)  # of 4, 3, 2.5 and 8 ms
    samples.loc[samples.index[remote][:2], "outcome"] = "timed_out"
    failed = reduce_blocks([samples]).segments.overhead_ns.xs("remote", level="arm")
    assert np.isinf(failed.to_numpy()).all()


def test_the_compute_thread_s_waiting_is_told_by_its_own_stamps() -> None:
    samples = make_samples({"local": [10], "remote": [12]})
    burst = samples.phase == "burst"
    # Each of four requests computes for 8 ms, 2 ms after the one before it ended.
    begun = 10 * MS * np.arange(4)
    samples.loc[burst, "w3_ns"], samples.loc[burst, "w4_ns"] = begun, begun + 8 * MS
    samples.loc[burst, "w1_ns"] = begun - 1 * MS
    segments = reduce_blocks([samples]).segments.xs("remote", level="arm")
    assert segments.waiting_fraction.to_numpy() == pytest.approx(0.2)
    # The next request is received while each but the last is computed.
    assert segments.overlapped_compute_ns.to_numpy() == pytest.approx(8 * MS)
    samples.loc[samples.index[burst][-1], "outcome"] = "failed"
    assert reduce_blocks([samples]).segments.waiting_fraction.xs("remote", level="arm").isna().all()


def test_probes_that_take_another_time_than_the_overhead_are_flagged() -> None:
    samples = make_samples({"local": [100] * 3, "remote": [110] * 3})
    remote = samples.arm == "remote"
    samples.loc[remote, "w4_ns"] = samples.c5_ns - 10 * MS
    probes = samples[remote & (samples.phase == "latency")].assign(phase="probe")
    for taken_ms, flagged in ((10, False), (10.4, False), (11, True), (9, True)):
        timed = probes.assign(c5_ns=probes.c1_ns + taken_ms * MS)
        (cell,) = summarise(pd.concat([samples, timed], ignore_index=True), [CELL]).cells
        assert ("probes_differ" in cell.flags) is flagged, taken_ms


def test_blocks_whose_overheads_resemble_their_neighbours_are_flagged() -> None:
    rng = np.random.default_rng(2)
    local, remote = (rng.normal(middle, 1, 20).tolist() for middle in (100, 110))
    steady = make_samples({"local": local, "remote": remote})
    drifting = steady.copy()
    drifting["w4_ns"] = drifting.w4_ns - drifting.block * MS * (drifting.arm == "remote") / 4
    flags = [summarise(samples, [CELL]).cells[0].flags for samples in (steady, drifting)]
    assert ["drift" in found for found in flags] == [False, True]


def test_an_overhead_is_decided_where_the_loss_is_not() -> None:
    rng = np.random.default_rng(5)
    local, remote = (100 * np.exp(rng.normal(0, 0.05, 10)) for _ in range(2))
    samples = make_samples({"local": local.tolist(), "remote": (remote + 5).tolist()})
    samples["w4_ns"] = samples.c5_ns - 5 * MS * (samples.arm == "remote")
    (cell,) = summarise(samples, [CELL]).cells
    assert cell.latency_verdict == UNDECIDED
    assert cell.overhead_verdict == COSTS
    assert cell.overhead.overhead_ns is not None
    assert cell.overhead.overhead_ns.point == pytest.approx(5 * MS)
