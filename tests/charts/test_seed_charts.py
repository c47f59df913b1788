"""What is drawn equals the data, and no text covers another."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bench.charts.drawing import theme
from bench.charts.drawing.canvas import tick_indices
from bench.charts.drawing.labels import push_apart
from bench.charts.drawing.losses import loss_scale
from bench.charts.drawing.scales import log_ticks
from bench.charts.points import ChartSpec, chart_points, chart_specs
from bench.stats.cells import CellSummary, Overhead, Summary
from bench.stats.verdict_words import EQUIVALENT, SLOWER, SMALL, UNDECIDED
from bench.text.verdicts import verdict_words
from tests.charts.factory import draw, make_estimate, make_summary, unmeasured, with_arm
from tests.charts.figures import misplaced_texts, px_on_phone, texts_of, words_of

LOSS = ChartSpec("latency", ratio=True, batch_size=16)
LATENCY = ChartSpec("latency", ratio=False, batch_size=16)
KINDS = chart_specs([16])


def bars_of(figure: Figure) -> list[Rectangle]:
    """Return the bars from left to right; what lies below the grid is the effect that matters."""
    bars = [p for p in figure.axes[0].patches if isinstance(p, Rectangle) and p.get_zorder() > 1]
    return sorted(bars, key=lambda bar: bar.get_x())


def marks_of(figure: Figure, marker: str, face: str = theme.INK) -> list[float]:
    """Return the heights of the marks of a kind."""
    lines = [line for line in figure.axes[0].lines if line.get_marker() == marker]
    mine = [line for line in lines if line.get_markerfacecolor() == face]
    return [float(y) for line in mine for y in np.asarray(line.get_ydata())]


def hide_overhead(cell: CellSummary) -> CellSummary:
    return replace(cell, overhead=Overhead())


def with_loss(points: dict[int, float], half: float = 1.0) -> Summary:
    """Return a summary of two thread counts; batch 16 has these losses by thread count."""

    def change(cell: CellSummary) -> CellSummary:
        if cell.batch_size != 16 or cell.threads not in points:
            return cell
        return replace(cell, latency_loss_percent=make_estimate(points[cell.threads], half))

    return make_summary((1, 2), change=change)


@pytest.mark.parametrize("spec", [spec for spec in KINDS if not spec.ratio], ids=lambda s: s.kind)
def test_the_lines_are_the_points(spec: ChartSpec, summary: Summary) -> None:
    points = chart_points(spec, summary)
    lines = draw(spec, summary).axes[0].lines
    assert len(lines) == 2
    for arm, line in zip(("local", "remote"), lines, strict=True):
        values = [point.value for point in points if point.arm == arm]
        assert np.asarray(line.get_ydata()).tolist() == values
        assert line.get_color() == theme.ARM_COLOURS[arm]


@pytest.mark.parametrize("spec", [spec for spec in KINDS if spec.ratio], ids=lambda s: s.kind)
def test_the_bars_are_the_overhead_and_from_there_to_the_loss_the_rest(
    spec: ChartSpec, summary: Summary
) -> None:
    figure, points = draw(spec, summary), chart_points(spec, summary)
    bars = bars_of(figure)
    overheads, rests = bars[::2], bars[1::2]
    assert [bar.get_y() for bar in overheads] == [0.0] * len(points)
    assert [bar.get_height() for bar in overheads] == pytest.approx([p.overhead for p in points])
    assert [bar.get_y() for bar in rests] == pytest.approx([p.overhead for p in points])
    ends = [bar.get_y() + bar.get_height() for bar in rests]
    assert ends == pytest.approx([p.value for p in points])
    assert sorted(marks_of(figure, "D") + marks_of(figure, "D", theme.PAPER)) == pytest.approx(
        sorted(p.value for p in points)
    )


@pytest.mark.parametrize("spec", [spec for spec in KINDS if spec.ratio], ids=lambda s: s.kind)
def test_without_an_overhead_a_bar_is_the_loss(spec: ChartSpec) -> None:
    summary = make_summary((1, 2), change=hide_overhead)
    heights = [bar.get_height() for bar in bars_of(draw(spec, summary))]
    assert heights == pytest.approx([p.value for p in chart_points(spec, summary)])


@pytest.mark.parametrize("count", [2, 18])
def test_an_overhead_is_shaded_below_the_remote_line(count: int) -> None:
    def shades(figure: Figure) -> list[tuple[float, float]]:
        artists = [a for a in figure.axes[0].collections if a.get_gid() == "overhead"]
        boxes = [np.asarray(path.vertices)[:, 1] for a in artists for path in a.get_paths()]
        return [(float(ys.min()), float(ys.max())) for ys in boxes]

    summary = make_summary(range(1, count + 1))
    remote = [p for p in chart_points(LATENCY, summary) if p.arm == "remote"]
    found = shades(draw(LATENCY, summary))
    lows, highs = [low for low, _ in found], [high for _, high in found]
    assert min(lows) == pytest.approx(min(p.value - p.overhead for p in remote))
    assert max(highs) == pytest.approx(max(p.value for p in remote))
    assert shades(draw(LATENCY, make_summary((1, 2), change=hide_overhead))) == []
    assert shades(draw(ChartSpec("throughput", False, 16), summary)) == []


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.kind)
def test_no_text_covers_another_or_leaves_the_sheet(spec: ChartSpec, summary: Summary) -> None:
    assert misplaced_texts(draw(spec, summary, note="smoke, not a measurement")) == []


@given(
    st.lists(st.tuples(st.floats(-100, 600), st.floats(1, 80)), min_size=1, max_size=6),
)
def test_pushed_boxes_never_overlap_and_stay_inside(boxes: list[tuple[float, float]]) -> None:
    centres, heights = (list(column) for column in zip(*boxes, strict=True))
    placed = push_apart(centres, heights, 0.0, 500.0)
    edges = sorted((c - h / 2, c + h / 2) for c, h in zip(placed, heights, strict=True))
    assert all(below[1] <= above[0] + 1e-6 for below, above in pairwise(edges))
    assert edges[0][0] >= -1e-6
    assert edges[-1][1] <= 500 + 1e-6


def test_a_loss_metric_has_one_scale_for_all_batch_sizes(summary: Summary) -> None:
    for metric in ("latency", "throughput"):
        limits = {
            draw(spec, summary).axes[0].get_ylim()
            for spec in chart_specs(summary.batch_sizes)
            if spec.ratio and spec.metric == metric
        }
        assert len(limits) == 1


def test_one_wild_cell_is_cut_and_carries_its_value() -> None:
    summary = with_loss({2: 900.0})
    figure = draw(LOSS, summary)
    scale = loss_scale(LOSS, summary)
    assert scale.high < 50
    cut = bars_of(figure)[-1]
    assert cut.get_y() + cut.get_height() == scale.high
    assert any("+900%" in words for words in words_of(figure))


def test_a_wide_interval_is_cut_and_leaves_the_overhead_large_enough_to_be_read() -> None:
    summary = with_loss({1: 6.0, 2: 6.0}, half=200.0)
    figure = draw(LOSS, summary)
    scale = loss_scale(LOSS, summary)
    overhead = bars_of(figure)[0].get_height()
    assert overhead > 0.1 * (scale.high - scale.low)
    assert marks_of(figure, "^") == [scale.high] * 2
    assert marks_of(figure, "v") == [scale.low] * 2


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e300, -1e300, 0.0, 1e-300])
@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.kind)
def test_no_value_breaks_a_chart(spec: ChartSpec, value: float) -> None:
    odd = make_estimate(value, 1.0)

    def change(cell: CellSummary) -> CellSummary:
        if cell.threads == 1:
            return cell
        lost = replace(cell, latency_loss_percent=odd, throughput_loss_percent=odd)
        return with_arm(lost, "remote", latency_ns=odd, throughput_ips=odd)

    draw(spec, make_summary((1, 2), change=change)).draw_without_rendering()


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.kind)
def test_an_unmeasured_cell_is_drawn_as_not_measured(spec: ChartSpec) -> None:
    threads = range(1, 7)
    summary = make_summary(threads, change=lambda c: unmeasured(c) if c.threads == 3 else c)
    figure = draw(spec, summary)
    assert words_of(figure).count("not measured") == 1
    if not spec.ratio:
        assert [np.size(line.get_xdata()) for line in figure.axes[0].lines] == [2, 3, 2, 3]


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.kind)
def test_a_chart_without_any_measurement_says_so(spec: ChartSpec) -> None:
    figure = draw(spec, make_summary(change=unmeasured))
    assert "not measured" in words_of(figure)
    assert not bars_of(figure)


def test_an_exploratory_loss_is_grey_without_an_interval_beside_its_overhead() -> None:
    figure = draw(LOSS, make_summary(blocks=3))
    faces = [to_hex(bar.get_facecolor()) for bar in bars_of(figure)]
    assert faces == [theme.SLOWER.lower(), theme.EXPLORATORY] * 2
    whiskers = figure.axes[0].collections[0]
    assert len(whiskers.get_paths()) == 0
    assert "exploratory: 3 blocks, no interval" in words_of(figure)


@pytest.mark.parametrize("count", [2, 3, 18])
def test_each_verdict_has_its_own_mark_and_its_word_and_only_an_open_one_is_hollow(
    count: int,
) -> None:
    verdicts = [SLOWER, SMALL, EQUIVALENT, UNDECIDED]

    def change(cell: CellSummary) -> CellSummary:
        return replace(cell, latency_verdict=verdicts[(cell.threads - 1) % 4])

    for first in range(0, 4, 2):
        summary = make_summary(range(first + 1, first + count + 1), change=change)
        figure = draw(LOSS, summary)
        said = " ".join(words_of(figure))
        given = [verdicts[(threads - 1) % 4] for threads in range(first + 1, first + count + 1)]
        for verdict in given:
            points = [p for p in chart_points(LOSS, summary) if p.verdict == verdict]
            words = verdict_words(verdict, points[0].value)
            assert f"{words.mark} {words.word}" in said
        assert len(marks_of(figure, "D", theme.PAPER)) == given.count(UNDECIDED)


@pytest.mark.parametrize("spec", KINDS, ids=lambda spec: spec.kind)
@pytest.mark.parametrize("count", [1, 2, 3, 6, 7, 18])
def test_no_text_is_too_small_for_a_phone(spec: ChartSpec, count: int) -> None:
    figure = draw(spec, make_summary(range(1, count + 1)), note="smoke, not a measurement")
    assert min(px_on_phone(text) for text in texts_of(figure)) >= 9


def test_the_median_line_needs_three_thread_counts() -> None:
    def has_median(count: int) -> bool:
        figure = draw(LOSS, make_summary(range(1, count + 1)))
        return any(words.startswith("median") for words in words_of(figure))

    assert [has_median(count) for count in (1, 2, 3, 18)] == [False, False, True, True]


def test_a_note_is_on_the_chart_only_where_there_is_one() -> None:
    assert "Stub" in words_of(draw(LOSS, make_summary(), note="Stub"))
    assert "Stub" not in words_of(draw(LOSS, make_summary()))


@given(st.floats(1e-6, 1e9), st.floats(1.2, 1e6))
def test_a_log_axis_has_at_least_two_ticks_inside(low: float, ratio: float) -> None:
    ticks = log_ticks(low, low * ratio)
    assert 2 <= len(ticks) <= 12
    assert all(low <= tick <= low * ratio for tick in ticks)
    assert np.all(np.diff(ticks) > 0)


@pytest.mark.parametrize("count", [1, 2, 12, 13, 18, 31, 64, 128])
def test_thread_numbers_are_thinned_and_keep_the_last(count: int) -> None:
    shown = tick_indices(count)
    assert shown[-1] == count - 1
    assert len(shown) <= 14
    assert shown == sorted(set(shown))
