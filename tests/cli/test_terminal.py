"""What a run says in a terminal: a table within 80 columns, and its losses in a line."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bench.cli.losses import ASCII_BLOCKS, BLOCKS, loss_lines, signed_ascii
from bench.cli.terminal import print_summary
from bench.stats.estimate import LEVEL, NOT_MEASURED, CellSummary, Estimate, Summary
from tests.charts.factory import make_summary, unmeasured
from tests.cli.command import on_terminal

WIDEST = Estimate(-99.9, -99.9, -99.9, LEVEL, 10)


def with_losses(*losses: float | None) -> Summary:
    """Return a summary of one thread count that has these latency losses [percent]."""
    sizes = tuple(2**power for power in range(len(losses)))
    summary = make_summary(threads=(1,), batch_sizes=sizes)
    cells = [
        replace(cell, latency_loss_percent=None if loss is None else replace(WIDEST, point=loss))
        for cell, loss in zip(summary.cells, losses, strict=True)
    ]
    return replace(summary, cells=tuple(cells))


def drawn(*losses: float | None) -> tuple[str, str]:
    """Return the blocks of one line of losses, and its label."""
    _, line = loss_lines(with_losses(*losses), "utf-8")
    start = len("  1 thread  ")
    return line[start : start + len(losses)], line[start + len(losses) :].strip()


def widest(cell: CellSummary) -> CellSummary:
    """Return a cell whose every word is as long as one that a run can have."""
    return replace(
        cell,
        latency_local_ns=replace(WIDEST, point=119_999e6),
        latency_remote_ns=replace(WIDEST, point=119_999e6),
        latency_loss_percent=WIDEST,
        throughput_loss_percent=WIDEST,
        latency_verdict=NOT_MEASURED,
    )


def test_the_widest_summary_is_whole_at_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_summary(make_summary(threads=(1, 128), change=widest))
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    interval = "-99.9 [-99.9 -99.9]"
    row = [
        "64",
        "128",
        "119,999",
        "119,999",
        *interval.split(),
        *interval.split(),
        "not",
        "measured",
    ]
    assert row in [line.split() for line in text.splitlines()]


def test_the_losses_stand_in_a_line_a_thread_count_with_their_ends() -> None:
    title, *lines = loss_lines(make_summary(threads=(1, 2)), "utf-8")
    assert title == "latency loss, batch 1 to 64"
    pattern = rf"  (\d) threads?  +[{BLOCKS}]{{7}}  [+-]?\d+\.\d% \.\. [+-]?\d+\.\d%"
    assert [re.fullmatch(pattern, line) is not None for line in lines] == [True, True]


def test_a_larger_loss_is_a_higher_block_from_zero_to_the_largest() -> None:
    assert drawn(0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0) == (BLOCKS, "0.0% .. +14.0%")


def test_a_gain_is_the_lowest_block_and_zero_stands_above_it() -> None:
    assert drawn(-7.0, 0.0) == (f"{BLOCKS[0]}{BLOCKS[-1]}", "-7.0% .. 0.0%")


def test_noise_of_a_percent_does_not_look_like_a_mountain() -> None:
    assert drawn(-0.04, 0.04, 0.3) == (3 * BLOCKS[0], "0.0% .. +0.3%")


def test_a_cell_without_a_loss_leaves_a_gap_and_one_that_never_ended_is_at_the_top() -> None:
    assert drawn(1.0, None, float("inf"), 7.0) == (
        f"{BLOCKS[1]} {BLOCKS[-1]}{BLOCKS[-1]}",
        "+1.0% .. +inf%",
    )


def test_one_batch_size_is_named_as_one() -> None:
    assert next(iter(loss_lines(with_losses(1.0), "utf-8"))) == "latency loss, batch 1"


def test_a_run_without_any_loss_has_no_line() -> None:
    assert list(loss_lines(make_summary(change=unmeasured), "utf-8")) == []


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "no-such-encoding"])
def test_where_no_block_can_be_shown_ascii_stands_for_them(encoding: str) -> None:
    lines = list(loss_lines(make_summary(), encoding))
    plain = list(loss_lines(make_summary(), "utf-8"))
    assert lines == [line.translate(str.maketrans(BLOCKS, ASCII_BLOCKS)) for line in plain]
    assert "".join(lines).isascii()


@pytest.mark.parametrize(
    ("loss", "said"), [(-0.04, "0.0%"), (0.0, "0.0%"), (-0.4, "-0.4%"), (162.3, "+162%")]
)
def test_a_zero_has_no_sign(loss: float, said: str) -> None:
    assert signed_ascii(loss) == said


def test_a_terminal_that_knows_ascii_only_is_given_nothing_else(pristine: Path) -> None:
    text = on_terminal("summary", pristine / "data/m/r", PYTHONIOENCODING="ascii", NO_COLOR="1")
    assert text.isascii()
    assert "latency loss, batch 1" in text
    assert max(map(len, text.splitlines())) <= 80


def test_measuring_ends_with_the_table_the_losses_and_where_the_page_will_be(
    pristine: Path,
) -> None:
    lines = (pristine / "measure.txt").read_text().splitlines()
    run = pristine / "data/m/r"
    assert lines[-1] == str(run)
    assert lines[-2] == f"page: 'scalebench report {run}' writes it to site/stub/m/r/"
    title = lines.index("latency loss, batch 1")
    assert lines[title + 1].startswith("  1 thread  ")
    assert lines[title - 1].split()[-1] == "exploratory"
    assert (pristine / "site/stub/m/r/index.markdown").exists()
