"""The chart of the overhead: a line a thread count, its intervals, and the time on the wire."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from bench.charts.catalog import all_charts
from bench.charts.chart import LEAD, Chart
from bench.charts.drawing import theme
from bench.charts.drawing.draw import draw_chart
from bench.stats.cells import CellSummary, Overhead, Summary
from bench.stats.results import Results
from bench.stats.round_trip import RoundTrip
from tests.charts.extra_factory import make_rich_summary
from tests.charts.factory import BATCH_SIZES, make_estimate
from tests.charts.figures import misplaced_texts, px_on_phone, texts_of, words_of
from tests.page.factory import make_info

GIGABIT = {"interface": "veth0", "shaped_mbps": 1000.0}


def overhead_chart(summary: Summary, link: dict[str, Any] | None = None) -> Chart | None:
    ways = tuple(RoundTrip(size, 602_112 * size, None) for size in summary.batch_sizes)
    info = make_info(smoke=True, link=link or {})
    found = all_charts(info, Results(summary, round_trips=ways), "a title")
    return next((chart for chart in found if chart.slug == "lead-overhead"), None)


def chart_of(summary: Summary, link: dict[str, Any] | None = None) -> Chart:
    chart = overhead_chart(summary, link)
    assert chart is not None
    assert chart.role == LEAD
    return chart


def lines_of(axes: Axes) -> list[Any]:
    return [line for line in axes.lines if line.get_linestyle() == "-"]


@pytest.mark.parametrize(
    ("threads", "sizes"),
    [((1, 2), BATCH_SIZES), (range(1, 19), BATCH_SIZES), ((1, 2), tuple(range(1, 65)))],
    ids=["2", "18", "64 sizes"],
)
def test_no_text_covers_another_leaves_the_sheet_or_is_too_small_for_a_phone(
    threads: tuple[int, ...], sizes: tuple[int, ...]
) -> None:
    figure = draw_chart(chart_of(make_rich_summary(threads, sizes), GIGABIT))
    assert misplaced_texts(figure) == []
    assert min(px_on_phone(text) for text in texts_of(figure)) >= 9


def test_each_thread_count_is_a_line_over_all_batch_sizes_in_ms_and_in_percent() -> None:
    summary = make_rich_summary((1, 2))
    left, right = draw_chart(chart_of(summary)).axes
    for axes, unit_ns in ((left, 1e6), (right, None)):
        drawn = [
            np.asarray(line.get_ydata()).tolist()
            for line in lines_of(axes)
            if len(line.get_ydata()) == 7
        ]
        for threads, values in zip((1, 2), drawn, strict=True):
            found = [c.overhead for c in summary.cells if c.threads == threads]
            expected = [
                each.overhead_ns.point / unit_ns if unit_ns else each.overhead_percent.point
                for each in found
                if each.overhead_ns and each.overhead_percent
            ]
            assert values == pytest.approx(expected)


def test_of_many_thread_counts_a_few_are_shown_the_fewest_and_the_most_among_them() -> None:
    words = words_of(draw_chart(chart_of(make_rich_summary(range(1, 19)))))
    named = [word for word in words if word.endswith((" thread", " threads"))]
    assert len(named) == 4
    assert {"1 thread", "18 threads"} <= set(named)


def test_the_effect_that_matters_is_a_line_in_percent() -> None:
    figure = draw_chart(chart_of(make_rich_summary((1, 2))))
    levels = [np.asarray(line.get_ydata()).tolist() for line in figure.axes[1].lines]
    assert [2.0, 2.0] in levels
    assert "2% matters" in words_of(figure)


def test_the_wire_time_is_dashed_where_the_rate_is_known() -> None:
    summary = make_rich_summary((1, 2))
    left, _ = draw_chart(chart_of(summary, GIGABIT)).axes
    (wire,) = [line for line in left.lines if line.get_linestyle() == "--"]
    assert np.asarray(wire.get_ydata()) == pytest.approx([4.816896 * s for s in BATCH_SIZES])
    assert chart_of(summary, GIGABIT).values["wire"]
    for link in ({}, {"interface": "lo", "speed_mbps": 1e5}):
        assert chart_of(summary, link).values["wire"] == []


def test_without_an_interval_a_mark_is_hollow_and_an_interval_below_zero_ends_at_the_axis() -> None:
    def change(cell: CellSummary) -> CellSummary:
        if cell.batch_size == 1:
            bare = replace(make_estimate(1e6, 0, 2), low=None, high=None)
            return replace(cell, overhead=Overhead(bare, replace(bare, point=5.0)))
        wide = replace(make_estimate(1e6, 0, 3), low=-1e6, high=3e6)
        return replace(cell, overhead=Overhead(wide, replace(wide, point=5.0, low=-5.0, high=15.0)))

    axes = draw_chart(chart_of(make_rich_summary((1,), change=change))).axes[0]
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == theme.PAPER]
    assert [len(np.asarray(line.get_xdata())) for line in hollow] == [1]
    bars = [np.asarray(path.vertices) for path in axes.collections[0].get_paths()]
    assert len(bars) == 6
    assert all(bar[0, 1] == pytest.approx(axes.get_ylim()[0]) for bar in bars)


def test_one_batch_size_has_no_line() -> None:
    assert overhead_chart(make_rich_summary((1, 2), (8,))) is None


def test_the_caption_says_the_least_and_the_most() -> None:
    caption = chart_of(make_rich_summary((1, 2)), GIGABIT).caption
    assert caption.startswith("Outside of computing a remote request takes ")
    assert "(batch 1, 2 threads) to " in caption
    assert " ms (batch 64, 1 thread) more than a local one: 5.0% " in caption
    assert caption.endswith("; dashed: how long its bits are on the wire.")
