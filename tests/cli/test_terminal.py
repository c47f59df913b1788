"""What a run says in a terminal: a table within 80 columns."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.terminal import print_summary, signed_ascii
from bench.stats.cells import ARMS, ArmSummary, CellSummary, Overhead
from bench.stats.estimate import LEVEL, Estimate
from bench.stats.verdict_words import NOT_MEASURED, UNDECIDED
from tests.charts.factory import make_summary
from tests.cli.command import on_terminal

WIDEST = Estimate(-99.9, -99.9, -99.9, LEVEL, 10)
WIDEST_SHARE = Estimate(99.9, 99.9, 99.9, LEVEL, 10)


def widest(cell: CellSummary) -> CellSummary:
    """Return a cell whose every word is as long as one that a run can have."""
    return replace(
        cell,
        arms=dict.fromkeys(ARMS, ArmSummary(latency_ns=replace(WIDEST, point=119_999e6))),
        latency_loss_percent=WIDEST,
        throughput_loss_percent=WIDEST,
        latency_verdict=UNDECIDED,
        overhead=Overhead(replace(WIDEST, point=119_999e6), WIDEST_SHARE),
        overhead_verdict=NOT_MEASURED,
    )


def test_the_widest_summary_is_whole_at_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_summary(make_summary(threads=(1, 128), change=widest))
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    said = "64 128 119999 119999 119999 99.9 99.9 to 99.9 not measured -99.9 undecided"
    row = said.split()
    assert row in [line.split() for line in text.splitlines()]


@pytest.mark.parametrize(
    ("loss", "said"), [(-0.04, "0.0%"), (0.0, "0.0%"), (-0.4, "-0.4%"), (162.3, "+162%")]
)
def test_a_zero_has_no_sign(loss: float, said: str) -> None:
    assert signed_ascii(loss) == said


def test_a_terminal_that_knows_ascii_only_is_given_nothing_else(pristine: Path) -> None:
    text = on_terminal("summary", pristine / "data/m/r", PYTHONIOENCODING="ascii", NO_COLOR="1")
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80


def test_measuring_ends_with_the_table_and_where_the_page_will_be(pristine: Path) -> None:
    lines = (pristine / "measure.txt").read_text().splitlines()
    run = pristine / "data/m/r"
    assert lines[-1] == str(run)
    assert lines[-2] == f"next: 'scalebench report {run}' writes the page to site/stub/m/r/"
    assert re.fullmatch(r"[01] of 1 block counts?; .* seconds, [\d.]+ passes of .* s\.", lines[-3])
    (row,) = [line.split() for line in lines if line.endswith("exploratory")]
    assert row[:2] == ["1", "1"]
    assert (pristine / "site/stub/m/r/index.markdown").exists()
