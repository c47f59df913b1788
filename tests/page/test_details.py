"""Tables below the charts say what the estimates say, and nothing where there is nothing."""

from dataclasses import replace

from bench.page.details import attribution_table
from bench.page.percentiles import percentile_table
from bench.page.round_trips import round_trip_table
from bench.stats.cells import ARMS, ArmSummary, Attribution, Components
from bench.stats.estimate import Estimate, Quantile
from bench.stats.round_trip import RoundTrip
from bench.stats.stopping import Decision
from tests.charts.factory import make_summary
from tests.page.factory import make_context, make_info


def points(value: float) -> Estimate:
    return Estimate(point=value, low=None, high=None, level=0.95, n=3)


def test_a_run_without_details_has_no_tables() -> None:
    assert make_context()["details"] == []


def test_each_cause_has_its_percentage_points_and_one_that_is_unknown_is_empty() -> None:
    summary = make_summary(batch_sizes=(1,))
    parts = Attribution(
        encoding=points(0.1),
        transport=points(2.0),
        queueing=points(0.0),
        slower_compute=points(-0.5),
        rest=points(-0.1),
    )
    cells = tuple(replace(cell, attribution=parts) for cell in summary.cells)
    table = attribution_table(replace(summary, cells=cells))
    assert table is not None
    assert table["columns"][1:] == [
        "Encoding",
        "Transport",
        "Queueing",
        "Idle gap",
        "Slower compute",
        "Rest",
    ]
    assert table["rows"][0]["head"] == [str(cells[0].batch_size), str(cells[0].threads)]
    assert table["rows"][0]["cells"][1:] == ["+0.1", "+2.0", "0.0", "", "−0.5", "−0.1"]


def test_a_percentile_that_the_data_cannot_carry_says_how_much_is_missing() -> None:
    summary = make_summary(batch_sizes=(1,))
    known = Quantile(0.5, 78e6, 77e6, 80e6, 0.95, 120, 110.4, 4)
    unknown = Quantile(0.99, None, None, None, 0.95, 120, 110.4, 368)
    carried = replace(known, probability=0.99)
    arms = dict.fromkeys(ARMS, ArmSummary(quantiles_ns=(known, unknown)))
    one, *others = (replace(cell, arms=arms) for cell in summary.cells)
    last = replace(
        others.pop(), arms=dict.fromkeys(ARMS, ArmSummary(quantiles_ns=(known, carried)))
    )
    table = percentile_table(replace(summary, cells=(one, *others, last)))
    assert table is not None
    assert table["columns"] == ["Local p50", "Local p99", "Remote p50", "Remote p99"]
    assert table["rows"][0]["cells"][:2] == ["78.0 (77.0 to 80.0)", "n/a (n* = 110 < 368)"]


def test_a_percentile_that_no_cell_carries_is_said_in_the_note_and_has_no_column() -> None:
    summary = make_summary(batch_sizes=(1,))
    known = Quantile(0.5, 78e6, 77e6, 80e6, 0.95, 120, 110.4, 4)
    unknown = (
        Quantile(p, None, None, None, 0.95, 120, 9.0, n) for p, n in ((0.95, 72), (0.99, 368))
    )
    arms = dict.fromkeys(ARMS, ArmSummary(quantiles_ns=(known, *unknown)))
    cells = tuple(replace(cell, arms=arms) for cell in summary.cells)
    table = percentile_table(replace(summary, cells=cells))
    assert table is not None
    assert table["columns"] == ["Local p50", "Remote p50"]
    assert table["note"].endswith("No cell has enough for p95 and p99: 72 and 368 would be needed.")


def test_a_loss_stands_beside_the_wire_time_only_where_the_rate_is_known() -> None:
    ways = [RoundTrip(batch_size=1, payload_bytes=602_112, probe_ns=points(5.1e6))]
    lost = replace(points(5.3e6), low=4.9e6, high=5.7e6)
    made = make_summary(batch_sizes=(1, 2))
    parts = Components(transport_ns=points(5.2e6))
    summary = replace(
        made,
        cells=tuple(replace(c, latency_loss_ns=lost, components=parts) for c in made.cells),
    )
    known = round_trip_table(
        make_info(link={"shaped_mbps": 1000.0, "speed_mbps": 10_000}), summary, ways
    )
    assert known is not None
    assert known["columns"] == [
        "Payload",
        "Wire time",
        "Probe",
        "Transport",
        "Transport / wire",
        "Loss",
    ]
    said = ["588 KiB", "4.82", "5.10", "5.20", "1.08", "+5.30 (+4.90 to +5.70)"]
    assert known["rows"][0]["cells"] == said
    assert {row["head"][0] for row in known["rows"]} == {"1"}
    unknown = round_trip_table(make_info(link={"speed_mbps": None}), summary, ways)
    assert unknown is not None
    assert unknown["columns"] == ["Payload", "Probe", "Transport", "Loss"]
    assert "Mbit/s" not in unknown["note"]


def test_a_loss_that_was_not_measured_leaves_its_place_empty() -> None:
    ways = [RoundTrip(batch_size=1, payload_bytes=602_112, probe_ns=None)]
    summary = make_summary(batch_sizes=(1,))
    cells = tuple(replace(cell, latency_loss_ns=None) for cell in summary.cells)
    table = round_trip_table(
        make_info(link={"shaped_mbps": 1000.0}), replace(summary, cells=cells), ways
    )
    assert table is not None
    assert table["rows"][0]["cells"] == ["588 KiB", "4.82", "", "", "", ""]


def test_how_sure_a_cell_is_comes_with_why_it_ended() -> None:
    summary = make_summary(batch_sizes=(1,))
    decided = [
        Decision(cell.cell, 10, 12, 120, 0.02, 0.0125, precise=True, reason="width")
        for cell in summary.cells
    ]
    context = make_context(make_info(batch_sizes=(1,)), summary, decisions=tuple(decided))
    (table,) = context["details"]
    assert table["rows"][0]["cells"] == ["10", "12", "120", "±1.2%", "±2.0%", "width"]
