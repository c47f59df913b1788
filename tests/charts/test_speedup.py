"""The speed-up chart: as many dots as there are speed-ups, beside the ideal."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.charts.drawing import theme
from bench.stats.cells import CellSummary
from bench.text.numbers import TIMES
from tests.charts.extra_factory import charts_of, drawn, make_rich_summary
from tests.charts.factory import with_arm
from tests.charts.figures import words_of


def speedups(count: int) -> Figure:
    return drawn(make_rich_summary(range(1, count + 1)), "speedup")


def markers_of(figure: Figure, arm: str) -> Line2D:
    lines = [
        line
        for line in figure.axes[0].lines
        if line.get_marker() == theme.ARM_MARKERS[arm] and np.size(line.get_xdata())
    ]
    (line,) = lines
    return line


@pytest.mark.parametrize("count", [2, 3, 18])
def test_each_arm_has_a_dot_for_each_batch_size_and_count_but_the_smallest(count: int) -> None:
    summary = make_rich_summary(range(1, count + 1))
    figure = drawn(summary, "speedup")
    for arm in ("local", "remote"):
        found = [cell.arms[arm].speedup for cell in summary.cells if cell.threads > 1]
        assert np.asarray(markers_of(figure, arm).get_ydata()).tolist() == [
            speedup.point for speedup in found if speedup is not None
        ]
        assert None not in found


@pytest.mark.parametrize("count", [2, 18])
def test_the_ideal_is_as_many_times_as_there_are_threads_and_the_scale_reaches_it(
    count: int,
) -> None:
    axes = speedups(count).axes[0]
    ideals = axes.collections[0]
    assert isinstance(ideals, LineCollection)
    heights = [float(np.asarray(segment)[0][1]) for segment in ideals.get_segments()]
    assert heights == list(range(2, count + 1)) * 7
    low, high = axes.get_ylim()
    assert low < 1 < count < high
    assert high - count < 0.05 * count  # no room is wasted


def test_two_thread_counts_give_dots_side_by_side_and_no_steep_line() -> None:
    figure = speedups(2)
    for line in figure.axes[0].lines:
        xs = np.asarray(line.get_xdata(), float)
        if line.get_color() in theme.ARM_COLOURS.values():
            assert not np.any(np.isfinite(xs[1:] + xs[:-1]) & (line.get_linestyle() != "None"))
    local, remote = (np.asarray(markers_of(figure, arm).get_xdata()) for arm in ("local", "remote"))
    pixels = figure.axes[0].transData.transform(np.column_stack([remote - local, 0 * local]))
    origin = figure.axes[0].transData.transform((0, 0))
    assert (pixels[:, 0] - origin[0] > 20).all()


def test_the_table_gives_the_speed_up_of_the_largest_count() -> None:
    words = words_of(speedups(18))
    assert words.count(f"10.1{TIMES}") == 7
    assert words.count(f"8.74{TIMES}") == 7
    assert any("numbers: 18 threads" in said for said in words)


def test_few_blocks_give_hollow_dots_without_bars() -> None:
    figure = drawn(make_rich_summary((1, 2), blocks=3), "speedup")
    assert markers_of(figure, "local").get_markerfacecolor() == theme.PAPER
    assert all(len(bars.get_paths()) == 0 for bars in figure.axes[0].collections[1:])


def test_a_missing_cell_breaks_the_line() -> None:
    def gone(cell: CellSummary) -> CellSummary:
        return with_arm(cell, "local", speedup=None) if cell.threads == 4 else cell

    figure = drawn(make_rich_summary(range(1, 7), change=gone), "speedup")
    line = next(
        line for line in figure.axes[0].lines if line.get_color() == theme.ARM_COLOURS["local"]
    )
    ys = np.asarray(line.get_ydata(), float)
    assert np.isnan(ys).tolist() == [False, False, True, False, False, True] * 7


def test_a_caption_compares_both_arms_with_the_ideal() -> None:
    caption = charts_of(make_rich_summary((1, 2)))["speedup"].caption
    assert caption == (
        "With 2 threads instead of 1: local 1.74 (batch 1) to 1.74 (batch 64), "
        "remote 1.68 (batch 1) to 1.68 (batch 64) times as fast; ideal would be 2.00."
    )
