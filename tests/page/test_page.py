"""What a page says of a run."""

import json
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from bench.records import CURVE, PLAIN, RunInfo
from bench.stats.cells import CellSummary, Overhead
from bench.stats.effort import Effort, TimeSpent
from bench.stats.estimate import Estimate
from bench.stats.verdict_words import EXPLORATORY, NOT_MEASURED, SMALL
from bench.text import numbers
from tests.charts.factory import make_estimate, make_summary, unmeasured
from tests.page.factory import HOST, make_context, make_info


def rows(context: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for group in context["table"]["groups"] for row in group["rows"]]


def pairs(context: dict[str, Any]) -> dict[str, str]:
    return {name: value for group in context["facts"] for name, value in group["pairs"]}


@pytest.mark.parametrize(
    ("point", "text"),
    [(4.06, "+4.1%"), (-0.4, "−0.4%"), (-0.04, "0.0%"), (162.3, "+162%")],
)
def test_a_loss_has_its_sign_and_zero_has_none(point: float, text: str) -> None:
    assert numbers.loss(make_estimate(point, 1)) == text


def test_an_interval_is_empty_without_its_ends() -> None:
    assert numbers.interval(make_estimate(4.1, 2)) == "+2.1 to +6.1"
    assert numbers.interval(make_estimate(4.1, 2, blocks=3)) == ""
    assert numbers.interval(None) == ""


def test_latency_is_told_in_milliseconds_with_three_digits() -> None:
    assert numbers.milliseconds(Estimate(78_912_345.0, None, None, 0.95, 1)) == "78.9"
    assert numbers.milliseconds(None) == ""


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (812, "812 bytes"),
        (28_160, "27.5 KiB"),
        (1024**2 - 1, "1024 KiB"),
        (1_024_000, "1000 KiB"),
        (1 << 61, "2097152 TiB"),
    ],
)
def test_sizes_are_told_for_people(size_bytes: int, text: str) -> None:
    assert numbers.size(size_bytes) == text


def test_foreign_text_becomes_one_printable_line() -> None:
    assert numbers.plain_text(" a\x00b\n\tc\u202e d ") == "a b c d"
    assert numbers.plain_text("x" * 600).endswith("…")


def test_every_planned_cell_has_a_row_in_order() -> None:
    context = make_context()
    batches = [group["batch"] for group in context["table"]["groups"]]
    assert batches == ["1", "2", "4", "8", "16", "32", "64"]
    assert [row["threads"] for row in rows(context)] == ["1", "2"] * 7


def test_a_cell_without_data_says_so_and_shows_no_number() -> None:
    def drop(cell: CellSummary) -> CellSummary:
        return unmeasured(cell) if cell.batch_size == 4 else cell

    context = make_context(summary=make_summary(change=drop))
    missing = next(g for g in context["table"]["groups"] if g["batch"] == "4")["rows"][0]
    assert missing["latency"]["verdict"] == NOT_MEASURED
    assert missing["latency"]["value"] == missing["local_ms"] == missing["remote_ips"] == ""
    assert missing["plot"] is None
    assert missing["order"]["latency"] == missing["order"]["local_ips"] == ""
    assert pairs(context)["Cells"] == "12 of 14 planned"


def test_an_infinite_loss_is_told_and_not_plotted() -> None:
    def time_out(cell: CellSummary) -> CellSummary:
        lost = Estimate(float("inf"), None, None, 0.95, 10)
        gone = replace(cell, latency_loss_percent=lost, overhead=Overhead())
        return gone if cell.batch_size == 1 else cell

    context = make_context(summary=make_summary(change=time_out))
    assert rows(context)[0]["latency"]["value"] == "+∞%"
    assert rows(context)[0]["overhead"]["ms"] == rows(context)[0]["overhead"]["value"] == ""
    assert rows(context)[0]["plot"] is None
    assert rows(context)[0]["order"]["latency"] == "Infinity"
    json.dumps(context, allow_nan=False)


def test_an_overhead_is_told_in_ms_and_percent_with_its_verdict_and_first() -> None:
    context = make_context()
    overhead = rows(context)[0]["overhead"]
    assert overhead == {
        "ms": "0.900",
        "ms_interval": "0.864 to 0.936",
        "value": "5.0%",
        "interval": "4.8 to 5.2",
        "verdict": "costs",
        "mark": "▲",
        "tone": "worse",
    } | {"ms": overhead["ms"], "ms_interval": overhead["ms_interval"]}
    assert float(overhead["ms"]) == pytest.approx(0.9)
    assert list(rows(context)[0])[:2] == ["threads", "overhead"]
    assert context["legend"][0]["word"] == "costs"


def test_a_difference_of_unsure_size_has_a_word_that_says_so() -> None:
    def unsure(cell: CellSummary) -> CellSummary:
        point = 7.3 if cell.threads == 1 else -7.3
        loss = make_estimate(point, 6.0)
        return replace(cell, latency_loss_percent=loss, latency_verdict=SMALL)

    first, second, *_ = rows(make_context(summary=make_summary(change=unsure)))
    assert [row["latency"]["verdict"] for row in (first, second)] == ["slower?", "faster?"]


def test_every_column_of_a_row_has_the_number_it_is_ordered_by() -> None:
    cell = make_summary().cells[0]
    assert cell.latency_loss_percent is not None
    assert cell.arms["local"].latency_ns is not None
    row = rows(make_context())[0]
    assert float(row["order"]["latency"]) == pytest.approx(
        cell.latency_loss_percent.point, rel=1e-5
    )
    assert float(row["order"]["local_ms"]) == pytest.approx(
        cell.arms["local"].latency_ns.point / 1e6, rel=1e-5
    )
    ranks = {
        r["latency"]["verdict"]: int(r["order"]["latency_verdict"]) for r in rows(make_context())
    }
    assert ranks["slower"] < ranks["undecided"]


def test_plots_stay_within_their_width() -> None:
    for row in rows(make_context()):
        plot = row["plot"]
        assert 0 <= float(plot["left"]) <= float(plot["at"]) <= 100
        assert float(plot["left"]) + float(plot["width"]) <= 100.1


@pytest.mark.parametrize(
    ("info", "blocks", "kind"),
    [(make_info(), 10, None), (make_info(), 3, EXPLORATORY), (make_info(smoke=True), 1, "smoke")],
)
def test_a_run_that_is_no_full_measurement_says_so(
    info: RunInfo, blocks: int, kind: str | None
) -> None:
    context = make_context(info, make_summary(blocks=blocks))
    assert (context["notice"] or {}).get("kind") == kind
    assert context["listing"]["kind"] == (kind or "")


def test_the_answer_and_the_crossover_come_first() -> None:
    context = make_context()
    assert context["answer"].startswith("With 2 threads, remote adds ")
    assert context["crossover"].startswith("The overhead is below 5% of the local latency, ")


def test_no_figure_is_coloured_without_a_verdict() -> None:
    context = make_context(summary=make_summary(blocks=3))
    assert {figure["tone"] for figure in context["headline"]} == {""}


def test_facts_of_the_host_are_shown_and_a_missing_one_says_why() -> None:
    facts = pairs(make_context())
    assert facts["CPU"] == "A Processor"
    assert facts["Memory"] == "8 GiB"
    assert facts["Huge pages"] == "madvise"
    assert facts["Governor"] == "unknown (/sys/x: No such file or directory)"
    assert facts["torch"] == "2.5.0"


def test_the_worker_has_its_own_facts_only_where_they_differ() -> None:
    assert [g["title"] for g in make_context()["facts"]][-1] == "Link"
    other = make_context(make_info(worker={**HOST, "cpu_model": "Another"}))
    assert other["facts"][-1]["pairs"] == [["CPU", "Another"]]


@pytest.mark.parametrize(
    ("interface", "encryption", "text"),
    [
        ("lo", PLAIN, "not encrypted, on loopback"),
        ("eth0", PLAIN, "not encrypted (--insecure)"),
        ("eth0", CURVE, "encrypted (CURVE)"),
        ("lo", CURVE, "encrypted (CURVE)"),
    ],
)
def test_a_page_says_whether_its_connection_was_encrypted(
    interface: str, encryption: str, text: str
) -> None:
    info = make_info(link={"interface": interface}, placement={})
    experiment = structs.replace(info.experiment, encryption=encryption)
    context = make_context(structs.replace(info, experiment=experiment))
    assert pairs(context)["Connection"] == text


def test_what_remote_was_comes_from_the_run() -> None:
    placements = {p["name"]: p["text"] for p in make_context()["placements"]}
    assert placements["remote"].endswith("over ZeroMQ on loopback.")


def test_flags_and_efficiency_of_the_report_are_passed_on() -> None:
    spent = TimeSpent(
        wall_ns=100 * 10**9,
        latency_ns=60 * 10**9,
        burst_ns=11 * 10**9,
        warmup_ns=9 * 10**9,
        probe_ns=0,
        restart_ns=15 * 10**9,
        idle_ns=5 * 10**9,
        pass_ns=8e9,
    )
    context = make_context(overlap=True, effort=Effort(spent, {}, {}))
    (notice,) = context["flags"]
    assert notice.startswith("With 1 thread, the client shares the model's cores")
    assert pairs(context)["Timed requests"] == "71% of the run's time"
    assert pairs(context)["Measured for"] == "1.67 minutes, 12.5 passes of 8.00 s"


def test_a_smoke_run_names_no_loss_in_its_answer_and_in_the_list() -> None:
    context = make_context(make_info(smoke=True))
    assert "%" not in context["answer"]
    assert context["listing"]["figures"] == []
