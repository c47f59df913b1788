"""What changed between two runs, against scipy, by hand, and against a known truth."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench.records import Cell
from bench.stats.comparison import (
    Change,
    Comparison,
    RunMoments,
    compare_moments,
    compare_runs,
    moments,
    welch,
)
from bench.stats.metrics import METRICS, OVERHEAD
from bench.stats.verdict_words import (
    EQUIVALENT,
    EXPLORATORY,
    FASTER,
    NOT_MEASURED,
    SLOWER,
    SMALL,
    UNDECIDED,
)
from bench.text.comparison_table import (
    COLUMNS,
    comparison_rows,
    format_comparison_csv,
    format_comparison_markdown,
    machine_text,
    overhead_text,
)

NOISE = np.array([0.5, -0.5, 0.3, -0.3, 0.1, -0.1, 0.4, -0.4, 0.2, -0.2]) / 100
Arms = Mapping[str, Sequence[float]]


def make_values(cells: Mapping[Cell, Arms]) -> pd.DataFrame:
    """Return block values: each arm of a cell has one latency [ms] a block."""
    rows = [
        {
            "batch_size": cell.batch_size,
            "threads": cell.threads,
            "block": block,
            "arm": arm,
            "latency_ns": 1e6 * latency,
            "overhead_ns": 1e6 * (latency - COMPUTED if arm == "remote" else 0.01),
            "throughput_ips": 1000 * cell.batch_size / latency,
        }
        for cell, arms in cells.items()
        for arm, latencies in arms.items()
        for block, latency in enumerate(latencies, start=1)
    ]
    return pd.DataFrame(rows).set_index(["batch_size", "threads", "block", "arm"])


CELL = Cell(batch_size=4, threads=1)
COMPUTED = 9.0
OTHER = Cell(batch_size=8, threads=1)


def around(level: float, noise: Sequence[float] | np.ndarray = NOISE) -> list[float]:
    return [float(x) for x in level * np.exp(noise)]


def steady(local: float, remote: float, count: int = 10) -> pd.DataFrame:
    values = {"local": around(local, NOISE[:count]), "remote": around(remote, -NOISE[:count])}
    return make_values({CELL: values})


def of(comparison: Comparison, metric: str) -> Change:
    (change,) = (c for c in comparison.changes if c.metric == metric)
    return change


def test_welch_is_that_of_scipy_with_its_degrees_of_freedom_rounded_down() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(0, 1, 10), rng.normal(1, 3, 14)
    found = welch(moments(a), moments(b))
    right = stats.ttest_ind(b, a, equal_var=False)
    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert found.n == int(right.df) + 1
    assert found.point == pytest.approx(b.mean() - a.mean())
    half = stats.t.ppf(0.975, int(right.df)) / stats.t.ppf(0.975, right.df)
    exact = right.confidence_interval(0.95)
    assert found.high - found.low == pytest.approx(half * (exact.high - exact.low))


def test_the_interval_covers_the_truth_in_95_percent_of_runs_with_unequal_spread() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(4000):
        found = welch(moments(rng.normal(0, 0.01, 10)), moments(rng.normal(0.03, 0.03, 14)))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.03 <= found.high
    assert 0.94 <= covered / 4000 <= 0.97


def test_runs_without_any_spread_have_an_interval_of_no_width() -> None:
    found = welch(moments(np.zeros(10)), moments(np.full(10, 0.5)))
    assert found is not None
    assert (found.low, found.high, found.n) == (0.5, 0.5, 19)


@pytest.mark.parametrize(
    ("factor", "word"),
    [(1.05, SLOWER), (0.95, FASTER), (1.0, EQUIVALENT), (1.02, SMALL)],
)
def test_a_change_of_the_remote_arm_is_told_in_words(factor: float, word: str) -> None:
    comparison = compare_runs(steady(10, 11), steady(10, 11 * factor), (None, None))
    latency = of(comparison, "remote latency")
    assert latency.verdict == word
    assert [latency.a, latency.b] == pytest.approx([11, 11 * factor])
    assert latency.change_percent is not None
    assert latency.change_percent.point == pytest.approx(100 * (factor - 1))
    throughput = of(comparison, "remote throughput")
    assert throughput.verdict == word
    # As a throughput loss: by how many percent fewer images a second.
    assert throughput.change_percent is not None
    assert throughput.change_percent.point == pytest.approx(100 * (1 - 1 / factor))
    assert of(comparison, "local latency").verdict == EQUIVALENT
    assert comparison.slower is (word == SLOWER)


@pytest.mark.parametrize(
    ("added", "word"), [(1.0, SLOWER), (-1.0, FASTER), (0.0, EQUIVALENT), (0.2, UNDECIDED)]
)
def test_overheads_are_compared_in_ms_and_count_from_2_percent_of_local_latency(
    added: float, word: str
) -> None:
    comparison = compare_runs(steady(10, 11), steady(10, 11 + added), (None, None))
    overhead = of(comparison, OVERHEAD)
    assert overhead.verdict == word
    assert overhead.change_ms is not None
    assert overhead.change_ms.point == pytest.approx(added, abs=0.001)
    assert overhead.change_percent is not None
    assert overhead.change_percent.point == pytest.approx(10 * added, abs=0.01)


def test_the_change_of_the_overhead_is_written_in_ms_for_the_smallest_and_the_largest_batch() -> (
    None
):
    def run(added: float, count: int) -> pd.DataFrame:
        at_four, at_eight = (
            {"local": around(10, NOISE[:count]), "remote": [COMPUTED + each * added] * count}
            for each in (1, 30)
        )
        two_threads = Cell(batch_size=4, threads=2), Cell(batch_size=8, threads=2)
        return make_values(
            dict(zip((CELL, *two_threads), (at_four, at_four, at_eight), strict=True))
        )

    assert overhead_text(compare_runs(run(1.0, 3), run(1.5, 3), (None, None))) == (
        "overhead, B minus A: +0.500 ms (+0.500 to +0.500) at batch 4 and "
        "+15.00 ms (+15.00 to +15.00) at batch 8, 2 threads"
    )
    one_cell = compare_runs(steady(10, 11, 1), steady(10, 10.5, 1), (None, None))
    assert overhead_text(one_cell) == "overhead, B minus A: -0.498 ms at batch 4, 1 thread"
    assert not overhead_text(compare_runs(steady(10, 11), steady(10, 11).iloc[:0], (None, None)))


def test_an_overhead_needs_three_blocks_where_a_latency_needs_ten() -> None:
    comparison = compare_runs(steady(10, 11, 3), steady(10, 13, 3), (None, None))
    assert of(comparison, OVERHEAD).verdict == SLOWER
    assert of(comparison, "remote latency").verdict == EXPLORATORY
    two = compare_runs(steady(10, 11, 2), steady(10, 13, 3), (None, None))
    assert of(two, OVERHEAD).verdict == EXPLORATORY


def test_a_machine_that_became_slower_is_said_to_have_done_so() -> None:
    before, after = (make_values({CELL: arms(level)}) for level in (10.0, 12.0))
    comparison = compare_runs(before, after, (None, None))
    assert of(comparison, OVERHEAD).verdict == EQUIVALENT
    assert machine_text(comparison) == (
        "local latency changed by +20.0 % in the median of 1 cell: the machine or the model "
        "became slower, for both arms alike"
    )
    assert "became" not in machine_text(compare_runs(before, before, (None, None)))


def arms(level: float) -> Arms:
    """Return arms of which the remote one takes 1 ms longer than it computes."""
    return {"local": around(level), "remote": around(COMPUTED + 1)}


def test_a_slower_machine_slows_both_arms_and_leaves_the_loss_alone() -> None:
    comparison = compare_runs(steady(10, 11), steady(12, 13.2), (None, None))
    assert of(comparison, "local latency").verdict == SLOWER
    loss = of(comparison, "latency loss")
    assert [loss.a, loss.b] == pytest.approx([10, 10])
    assert loss.verdict == EQUIVALENT


def test_the_loss_is_paired_so_what_shakes_both_arms_does_not_widen_its_interval() -> None:
    shaken = [10 * float(np.exp(20 * x)) for x in NOISE]
    a = make_values({CELL: {"local": shaken, "remote": [1.1 * x for x in shaken]}})
    b = make_values({CELL: {"local": shaken, "remote": [1.15 * x for x in shaken]}})
    comparison = compare_runs(a, b, (None, None))
    assert of(comparison, "remote latency").verdict == UNDECIDED
    assert of(comparison, "latency loss").verdict == SLOWER


def test_the_larger_noise_floor_of_both_runs_is_what_counts() -> None:
    a, b = steady(10, 11), steady(10, 11 * 1.05)
    for floors in ((0.5, 7.0), (7.0, None)):
        comparison = compare_runs(a, b, floors)
        assert comparison.effect_percent == 7
        assert of(comparison, "remote latency").verdict == EQUIVALENT
    assert compare_runs(a, b, (0.5, None)).effect_percent == 2


@pytest.mark.parametrize(
    ("count_a", "count_b", "word"),
    [(5, 10, EXPLORATORY), (10, 5, EXPLORATORY), (9, 10, UNDECIDED), (10, 10, SLOWER)],
)
def test_few_blocks_in_either_run_give_no_verdict(count_a: int, count_b: int, word: str) -> None:
    comparison = compare_runs(steady(10, 11, count_a), steady(10, 15, count_b), (None, None))
    change = of(comparison, "remote latency")
    assert change.verdict == word
    assert (change.blocks_a, change.blocks_b) == (count_a, count_b)
    assert change.change_percent is not None
    assert (change.change_percent.low is None) is (word == EXPLORATORY)


def test_a_cell_of_one_run_only_is_named_and_not_compared() -> None:
    arms = {"local": around(10), "remote": around(11)}
    a, b = make_values({CELL: arms, OTHER: arms}), make_values({CELL: arms})
    comparison = compare_runs(a, b, (None, None))
    assert comparison.only_a == (OTHER,)
    assert comparison.only_b == ()
    assert {change.cell for change in comparison.changes} == {CELL}


def test_an_arm_without_values_is_not_measured_and_a_time_out_is_no_number() -> None:
    whole = steady(10, 11)
    local_only = make_values({CELL: {"local": around(10)}})
    assert of(compare_runs(whole, local_only, (None,)), "remote latency").verdict == NOT_MEASURED
    lost = make_values({CELL: {"local": around(10), "remote": [*around(11)[1:], np.inf]}})
    change = of(compare_runs(whole, lost, (None,)), "remote latency")
    assert change.verdict == UNDECIDED
    assert change.b == np.inf
    rows = comparison_rows(compare_runs(whole, lost, (None,)))
    assert [row["b"] for row in rows if row["metric"] == "remote latency"] == ["inf"]


def test_false_alarms_are_held_over_all_cells_of_a_metric() -> None:
    rng = np.random.default_rng(11)

    def equal_run() -> RunMoments:
        logs = {size: rng.normal(0, 0.03, 10) for size in (1, 2, 4, 8, 16, 32, 64)}
        cells = {Cell(batch_size=size, threads=1): moments(log) for size, log in logs.items()}
        return {"remote latency": cells}

    alarms = 0
    for _ in range(100):
        said = compare_moments(equal_run(), equal_run(), (None, None)).count("remote latency")
        alarms += SLOWER in said or FASTER in said
    assert alarms <= 5


def test_tables_have_a_row_for_each_cell_and_metric() -> None:
    comparison = compare_runs(steady(10, 11), steady(10, 11.6), (None, None))
    rows = comparison_rows(comparison)
    assert [row["metric"] for row in rows] == [metric.name for metric in METRICS]
    assert format_comparison_csv(comparison).splitlines()[0] == ",".join(COLUMNS)
    text = format_comparison_markdown(comparison)
    assert "### remote latency: slower in 1 cell\n" in text
    assert "| 4 | 1 | 11.00 | 11.60 | +5.5% (" in text
    assert "local latency changed by +0.0 % in the median of 1 cell" in text
