"""The catalog: names, order, data, embedded values and captions."""

import json
import math
from dataclasses import replace

import pytest

from bench.charts.captions import caption
from bench.charts.points import ChartSpec, chart_points, chart_specs, chart_values
from bench.text.numbers import number, plain, signed_percent
from tests.charts.factory import BATCH_SIZES, make_estimate, make_summary, unmeasured

LOSS = ChartSpec("latency", ratio=True, batch_size=16)
LATENCY = ChartSpec("latency", ratio=False, batch_size=16)


def test_the_page_gets_28_charts_by_kind_then_batch_size() -> None:
    names = [f"{spec.slug('resnet')}.png" for spec in chart_specs(reversed(BATCH_SIZES))]
    assert len(names) == 28
    assert names[0] == "resnet-latency-1.png"
    assert names[7] == "resnet-latency-ratio-1.png"
    assert names[14] == "resnet-throughput-1.png"
    assert names[27] == "resnet-throughput-ratio-64.png"


def test_points_of_values_have_both_arms_in_milliseconds() -> None:
    summary = make_summary((1, 2))
    points = chart_points(LATENCY, summary)
    cell = next(cell for cell in summary.cells if cell.batch_size == 16)
    assert cell.arms["local"].latency_ns is not None
    assert [point.arm for point in points] == ["local", "remote"] * 2
    assert points[0].value == cell.arms["local"].latency_ns.point / 1e6
    assert [point.blocks for point in points] == [10] * 4


def test_what_was_not_measured_is_nan_and_never_zero() -> None:
    points = chart_points(LOSS, make_summary((1, 2), change=unmeasured))
    assert len(points) == 2
    assert all(math.isnan(x) for point in points for x in (point.value, point.low, point.high))


def test_fewer_than_six_blocks_give_no_interval_even_if_one_is_offered() -> None:
    offered = replace(make_estimate(3.0, 1.0, blocks=10), n=5)
    summary = make_summary(change=lambda cell: replace(cell, latency_loss_percent=offered))
    assert all(math.isnan(point.low) for point in chart_points(LOSS, summary))


def test_values_are_json_with_six_digits() -> None:
    summary = make_summary(
        change=lambda cell: replace(
            cell,
            latency_loss_percent=make_estimate(math.inf if cell.threads == 2 else 1.23456789, 1.0),
        )
    )
    values = json.loads(json.dumps(chart_values(LOSS, summary), allow_nan=False))
    assert [point["value"] for point in values["points"]] == [1.23457, "inf"]
    assert values["unit"] == "%"


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        (
            (3.2, 1.1),
            "remote 3.2% slower at 1 thread, 1.1% at 2 threads; of it overhead +5.0% and +5.0%",
        ),
        ((3.2, -0.4), "remote 3.2% slower at 1 thread, 0.4% faster at 2 threads; of it overhead"),
    ],
)
def test_a_loss_caption_names_each_of_a_few_thread_counts(
    losses: tuple[float, float], words: str
) -> None:
    summary = make_summary(
        change=lambda cell: replace(
            cell,
            latency_loss_percent=make_estimate(losses[cell.threads - 1], 0.5),
            latency_verdict="slower",
        )
    )
    assert caption(LOSS, summary).startswith(f"Batch 16: {words}")


def test_a_caption_of_many_thread_counts_gives_median_and_range() -> None:
    said = caption(LOSS, make_summary(range(1, 19)))
    assert "in the median of 18 thread counts" in said
    assert "from −3.0% at 2 threads to +15.0% at 14 threads" in said


def test_a_caption_says_exploratory_and_not_measured() -> None:
    assert "(exploratory: 3 blocks, no interval)" in caption(LOSS, make_summary(blocks=3))
    assert caption(LATENCY, make_summary(change=unmeasured)) == "Batch 16: latency not measured."
    partly = make_summary((1, 2), change=lambda c: unmeasured(c) if c.threads == 2 else c)
    assert "; 2 threads not measured" in caption(LATENCY, partly)


def test_numbers_are_written_as_a_reader_expects() -> None:
    assert [number(v) for v in (1368.2, 145.2, 14.52, 1.452, 0.01234, math.inf)] == [
        "1,368",
        "145",
        "14.5",
        "1.45",
        "0.0123",
        "∞",
    ]
    assert [signed_percent(v) for v in (-0.04, -0.4, 12.4, 162.3, math.inf)] == [
        "0.0%",
        "−0.4%",
        "+12.4%",
        "+162%",
        "+∞%",
    ]
    assert [plain(v) for v in (0.05, 1000, -5, 2e9)] == ["0.05", "1,000", "−5", "2,000M"]
