"""Pictures from processes of their own are those that one process would draw."""

import multiprocessing

import pytest

from bench.charts.catalog import chart_specs
from bench.charts.extra import extra_pictures
from bench.charts.press import start_printing
from bench.charts.render import render_picture
from bench.errors import HostError
from tests.charts.extra_factory import make_rich_summary, make_strips
from tests.charts.factory import draw_all


def test_the_press_prints_what_one_process_would_draw() -> None:
    summary = make_rich_summary()
    strips, specs = make_strips(summary), chart_specs(summary.batch_sizes)
    charts, extras = start_printing(
        summary, specs, strips, prefix="resnet", note="smoke, not a measurement"
    ).collect()
    assert charts == draw_all(summary, note="smoke, not a measurement")
    for extra, picture in zip(extras, extra_pictures(summary, strips), strict=True):
        assert extra.png == render_picture(picture, note="smoke, not a measurement")
        assert all(getattr(extra, word) == getattr(picture, word) for word in extra._fields[:-1])


def test_a_drawing_process_that_is_killed_is_said_and_the_next_page_gets_others() -> None:
    summary = make_rich_summary()
    specs = chart_specs(summary.batch_sizes)
    asked = start_printing(summary, specs, (), prefix="resnet")
    drawing = multiprocessing.active_children()
    assert drawing
    for process in drawing:
        process.kill()
    with pytest.raises(HostError, match="ended from outside"):
        asked.collect()
    charts, _ = start_printing(summary, specs[:1], (), prefix="resnet").collect()
    assert list(charts) == [specs[0].file_name("resnet")]
