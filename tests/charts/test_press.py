"""Pictures from processes of their own are those that one process would draw."""

import os
import signal

import pytest

from bench.charts import press
from bench.charts.catalog import chart_specs
from bench.charts.extra import extra_pictures
from bench.charts.press import start_printing
from bench.charts.render import render_charts, render_picture
from bench.errors import HostError
from tests.charts.extra_factory import make_rich_summary, make_strips


def test_the_press_prints_what_one_process_would_draw() -> None:
    summary = make_rich_summary()
    strips, specs = make_strips(summary), chart_specs(summary.batch_sizes)
    charts, extras = start_printing(
        summary, specs, strips, prefix="resnet", note="smoke, not a measurement"
    ).collect()
    assert charts == dict(render_charts(summary, prefix="resnet", note="smoke, not a measurement"))
    for extra, picture in zip(extras, extra_pictures(summary, strips), strict=True):
        assert extra.png == render_picture(picture, note="smoke, not a measurement")
        assert all(getattr(extra, word) == getattr(picture, word) for word in extra._fields[:-1])


def test_a_drawing_process_that_is_killed_is_said_and_the_next_page_gets_others() -> None:
    summary = make_rich_summary()
    specs = chart_specs(summary.batch_sizes)
    asked = press.start_printing(summary, specs, (), prefix="resnet")
    for process in list(press._processes()._processes.values()):
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(HostError, match="ended from outside"):
        asked.collect()
    charts, _ = start_printing(summary, specs[:1], (), prefix="resnet").collect()
    assert list(charts) == [specs[0].file_name("resnet")]
