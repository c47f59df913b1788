"""The table of a chart says what the chart draws, in the page's words, and leaves no cell empty."""

import csv
import io
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from bench.charts.points import ChartSpec, chart_points, chart_specs, chart_values
from bench.charts.table import chart_csv, chart_table
from bench.stats.cells import CellSummary
from bench.stats.estimate import Estimate
from tests.charts.factory import (
    BATCH_SIZES,
    make_estimate,
    make_summary,
    unmeasured,
    with_arm,
)
from tests.charts.test_imported import as_imported
from tests.page.factory import make_context

LATENCY = ChartSpec("latency", ratio=False, batch_size=16)
LOSS = ChartSpec("latency", ratio=True, batch_size=16)
THROUGHPUT = ChartSpec("throughput", ratio=False, batch_size=16)


def same(cell: CellSummary) -> CellSummary:
    return cell


def without_remote(cell: CellSummary) -> CellSummary:
    return with_arm(cell, "remote", latency_ns=None)


def test_a_value_chart_has_both_arms_with_their_intervals() -> None:
    assert chart_table(LATENCY, make_summary()) == {
        "title": "Latency, batch 16",
        "columns": [
            "Threads",
            "Local, ms",
            "95% interval",
            "Remote, ms",
            "95% interval",
            "Overhead, ms",
        ],
        "rows": [
            ["1", "251", "241 to 261", "265", "254 to 275", "12.5"],
            ["2", "144", "138 to 150", "140", "134 to 145", "7.20"],
        ],
    }
    assert chart_table(THROUGHPUT, make_summary())["columns"][1::2] == [
        "Local, images/s",
        "Remote, images/s",
    ]


def test_a_loss_chart_has_the_loss_with_its_interval_and_verdict() -> None:
    assert chart_table(LOSS, make_summary()) == {
        "title": "Latency loss, batch 16",
        "columns": ["Threads", "Loss", "95% interval", "Of it overhead", "Verdict"],
        "rows": [
            ["1", "+5.5%", "+3.0 to +8.0", "+5.0%", "slower"],
            ["2", "−3.0%", "−6.5 to +0.5", "+5.0%", "undecided"],
        ],
    }
    throughput = chart_table(ChartSpec("throughput", ratio=True, batch_size=16), make_summary())
    assert throughput["columns"][3] == "Of it waiting"
    assert throughput["rows"][0][3] == "+0.5%"


def test_a_loss_that_rounds_to_zero_has_no_sign() -> None:
    near = make_estimate(-0.04, 0.045)
    summary = make_summary((1,), change=lambda cell: replace(cell, latency_loss_percent=near))
    assert chart_table(LOSS, summary)["rows"][0][1:3] == ["0.0%", "−0.1 to 0.0"]


def test_infinite_values_are_told() -> None:
    lost = Estimate(math.inf, None, None, 0.95, 10)
    summary = make_summary(
        change=lambda c: replace(c, latency_loss_percent=lost) if c.threads == 2 else c
    )
    assert chart_table(LOSS, summary)["rows"][1][1:3] == ["+∞%", "none"]


def test_without_any_interval_there_is_no_column_for_one() -> None:
    summary = make_summary(blocks=3)
    columns = chart_table(LATENCY, summary)["columns"]
    assert columns == ["Threads", "Local, ms", "Remote, ms", "Overhead, ms"]
    table = chart_table(LOSS, summary)
    assert table["columns"] == ["Threads", "Loss", "Of it overhead", "Verdict"]
    assert table["rows"][0] == ["1", "+5.5%", "+5.0%", "exploratory"]


def test_imported_means_have_their_range_which_is_not_called_an_interval() -> None:
    summary = make_summary(change=as_imported)
    table = chart_table(LATENCY, summary)
    assert table["columns"] == ["Threads", "Local, ms", "Range", "Remote, ms", "Range"]
    assert table["rows"][0] == ["1", "251", "226 to 752", "265", "238 to 529"]
    assert "Range" not in chart_table(THROUGHPUT, summary)["columns"]
    assert chart_table(LOSS, summary)["rows"][0] == ["1", "+5.5%", "imported"]


def test_what_was_not_measured_is_told_in_words() -> None:
    summary = make_summary(change=lambda c: unmeasured(c) if c.threads == 2 else c)
    row = chart_table(LOSS, summary)["rows"][1]
    assert row == ["2", "not measured", "none", "none", "not measured"]
    alone = make_summary((1,), change=without_remote)
    assert chart_table(LATENCY, alone)["rows"][0][3:] == ["not measured", "none"]


def test_the_arms_of_a_study_have_its_own_names() -> None:
    names = {"local": "default", "remote": "tcmalloc"}
    summary = replace(make_summary(change=as_imported), names=names)
    columns = chart_table(LATENCY, summary)["columns"]
    assert columns[1::2] == ["Default, ms", "Tcmalloc, ms"]


def test_the_csv_of_a_chart_has_a_row_a_point_and_says_what_all_share() -> None:
    values = chart_values(LOSS, make_summary())
    rows = list(csv.DictReader(io.StringIO(chart_csv(values))))
    assert [row["threads"] for row in rows] == ["1", "2"]
    for row, point in zip(rows, values["points"], strict=True):
        assert (row["kind"], row["batch_size"], row["unit"]) == ("latency-ratio", "16", "%")
        assert float(row["value"]) == point["value"]
        assert float(row["overhead_low"]) == point["overhead_low"]
    parts = {"kind": "overhead", "parts": [{"a": 1, "low": None}, {"a": 2, "b": "x"}], "wire": []}
    assert chart_csv(parts).splitlines() == ["kind,a,low,b", "overhead,1,,", "overhead,2,,x"]
    assert chart_csv({"kind": "x", "points": []}).strip() == ""


@pytest.mark.parametrize("change", [same, unmeasured, as_imported, without_remote])
@pytest.mark.parametrize("threads", [(1,), (1, 2), tuple(range(1, 19))])
@pytest.mark.parametrize("blocks", [1, 10])
def test_every_table_has_a_row_a_thread_count_and_no_empty_cell(
    change: Callable[[CellSummary], CellSummary], threads: tuple[int, ...], blocks: int
) -> None:
    summary = make_summary(threads, blocks=blocks, change=change)
    for spec in chart_specs(BATCH_SIZES):
        table = chart_table(spec, summary)
        assert [row[0] for row in table["rows"]] == [str(count) for count in threads]
        assert {len(row) for row in table["rows"]} == {len(table["columns"])}
        cells = [cell for row in table["rows"] for cell in row]
        assert all(cell and "nan" not in cell and "-" not in cell for cell in cells)


def test_each_picture_of_the_page_has_the_table_of_its_chart() -> None:
    summary = make_summary()
    images = make_context(summary=summary)["images"]
    assert len(images) == 28
    for spec in chart_specs(BATCH_SIZES):
        shown = images[f"{spec.slug('resnet')}.png"]["table"]
        assert shown == chart_table(spec, summary)
        points = chart_points(spec, summary)
        assert len(shown["rows"]) == len({point.threads for point in points})
