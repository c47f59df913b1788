"""The chart of single requests: every dot is one of them, on one log scale."""

import numpy as np
import pytest

from bench.charts.drawing import theme
from bench.charts.drawing.draw import draw_chart, draw_png
from bench.charts.requests import request_chart
from bench.text.numbers import TIMES
from tests.charts.extra_factory import drawn, make_rich_summary, make_strips
from tests.charts.figures import words_of


@pytest.mark.parametrize("count", [1, 2, 18])
def test_every_dot_of_every_strip_is_drawn_in_its_column(count: int) -> None:
    summary = make_rich_summary(range(1, count + 1))
    strips = make_strips(summary)
    axes = drawn(summary, "requests").axes[0]
    assert axes.get_yscale() == "log"
    for arm in ("local", "remote"):
        (dots,) = [line for line in axes.lines if line.get_color() == theme.ARM_COLOURS[arm]]
        mine = [strip for strip in strips if strip.arm == arm]
        expected = np.concatenate([strip.multiples for strip in mine])
        assert np.array_equal(np.asarray(dots.get_ydata()), expected)
        columns = np.asarray(dots.get_xdata()).reshape(len(mine), -1)
        assert (np.ptp(columns, axis=1) < 0.5).all()
        assert (np.diff(columns, axis=1) > 0).all()
    low, high = axes.get_ylim()
    assert low < min(strip.least for strip in strips)
    assert max(strip.most for strip in strips) < high


def test_local_and_remote_dots_of_a_cell_stand_apart() -> None:
    summary = make_rich_summary((1, 2))
    dots = make_strips(summary)[0].requests
    axes = drawn(summary, "requests").axes[0]
    places = {
        arm: np.asarray(
            next(
                line for line in axes.lines if line.get_color() == theme.ARM_COLOURS[arm]
            ).get_xdata()
        )
        for arm in ("local", "remote")
    }
    assert places["local"][:dots].max() < places["remote"][:dots].min()


def test_the_latency_of_each_arm_is_a_line_at_its_typical_request() -> None:
    summary = make_rich_summary((1, 2))
    axes = drawn(summary, "requests").axes[0]
    heights = [
        float(np.asarray(path.vertices)[0][1])
        for lines in axes.collections
        for path in lines.get_paths()
    ]
    strips = make_strips(summary)
    assert heights == [
        strip.typical for arm in ("local", "remote") for strip in strips if strip.arm == arm
    ]


@pytest.mark.parametrize("count", [2, 4, 18])
def test_dots_all_over_the_sheet_still_make_a_small_picture(count: int) -> None:
    summary = make_rich_summary(range(1, count + 1))
    rng = np.random.default_rng(2)
    wild = [
        strip._replace(
            multiples=np.exp(rng.uniform(-1, 1, len(strip.multiples))), least=0.3, most=3.0
        )
        for strip in make_strips(summary)
    ]
    picture = request_chart(summary, tuple(wild), "")
    assert picture is not None
    assert len(draw_png(picture)) <= 60 * 1024


def test_a_reader_is_told_how_many_requests_are_dots_and_which_have_none() -> None:
    summary = make_rich_summary((1, 2))
    many = [strip._replace(requests=500, failed_count=2) for strip in make_strips(summary)]
    picture = request_chart(summary, tuple(many), "")
    assert picture is not None
    words = " ".join(words_of(draw_chart(picture)))
    assert "up to 500 requests an arm, 80 dots" in words
    assert "14,000 single requests" in picture.caption
    assert "56 failed requests have no dot" in picture.caption
    assert words.count(f"2.00{TIMES}") == 14
