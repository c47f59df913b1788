"""Pictures from child processes are those that one process would draw."""

import os
import signal

import pytest

from bench.charts.catalog import extra_charts, seed_charts
from bench.charts.chart import Chart
from bench.charts.drawing.draw import draw_png
from bench.charts.render import render_all, render_pool
from bench.errors import HostError
from bench.stats.results import Results
from tests.charts.extra_factory import make_rich_summary, make_strips
from tests.charts.factory import RESNET


def charts(note: str = "") -> tuple[Chart, ...]:
    """Return eight charts of the page's text, and those below them."""
    summary = make_rich_summary(batch_sizes=(1, 64))
    extras = extra_charts(Results(summary, strips=make_strips(summary)), note)
    return (*seed_charts(RESNET, summary, note), *extras)


def test_children_draw_what_one_process_would_draw_in_the_order_of_the_page() -> None:
    expected = {chart.file_name: draw_png(chart) for chart in charts("smoke, not a measurement")}
    drawn = render_all(charts("smoke, not a measurement"))
    assert drawn == expected
    assert list(drawn) == list(expected)


def test_a_child_that_is_killed_is_told_and_the_next_page_gets_others() -> None:
    for pid in render_pool().pids:
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(HostError, match="was killed"):
        render_all(charts())
    first = charts()[:1]
    assert list(render_all(first)) == [first[0].file_name]


def test_a_fault_of_the_drawing_code_is_not_taken_for_a_kill() -> None:
    broken = Chart("broken", "title", "alt", "caption", {}, content=None)
    with pytest.raises(RuntimeError, match="there is no drawing of NoneType"):
        render_all([broken])
