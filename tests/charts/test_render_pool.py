"""Pictures from child processes are those that one process would draw."""

import os
import signal

import pytest

from bench.charts.catalog import chart_specs
from bench.charts.extra_charts import extra_pictures
from bench.charts.render import render_chart, render_picture
from bench.charts.render_pool import Drawn, RunPictures, render_pictures, render_pool
from bench.errors import HostError
from tests.charts.extra_factory import make_rich_summary, make_strips

NOTE = "smoke, not a measurement"


def test_children_draw_what_one_process_would_draw_in_the_order_of_the_page() -> None:
    summary = make_rich_summary()
    strips, specs = make_strips(summary), chart_specs([1, 64])
    extras = [
        Drawn(p.file_name, render_picture(p, note=NOTE), p.words)
        for p in extra_pictures(summary, strips)
    ]
    charts = [
        Drawn(spec.file_name("resnet"), render_chart(spec, summary, note=NOTE)) for spec in specs
    ]
    drawn = render_pictures(RunPictures(summary, specs, strips, "resnet", NOTE))
    assert drawn == [*extras, *charts]


def test_a_child_that_is_killed_is_told_and_the_next_page_gets_others() -> None:
    summary = make_rich_summary()
    specs = chart_specs([1])
    for pid in render_pool().pids:
        os.kill(pid, signal.SIGKILL)
    with pytest.raises(HostError, match="ended from outside"):
        render_pictures(RunPictures(summary, specs, (), "resnet"))
    *_, drawn = render_pictures(RunPictures(summary, specs[:1], (), "resnet"))
    assert drawn.file_name == specs[0].file_name("resnet")


def test_a_fault_of_the_drawing_code_is_not_taken_for_a_kill() -> None:
    broken = RunPictures(None, chart_specs([3]), (), "resnet")  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="Traceback"):
        render_pictures(broken)
