"""Replies that come twice, late, in another order, cut, or from before: none is ever counted."""

from pathlib import Path

import pytest

from bench.store.run import load_run
from tests.chaos.conftest import Measure
from tests.chaos.lies import Lie
from tests.chaos.proxy import misbehaving
from tests.cli.command import check_refused


def repeated_counts(folder: Path) -> list[int]:
    """Check that each planned request was answered; return how many segments were repeated."""
    run = load_run(folder / "m" / "r")
    for rows in run.blocks():
        assert set(rows["outcome"]) == {"ok"}
    return [
        restart.repeated_segments_count for record in run.records for restart in record.restarts
    ]


@pytest.mark.parametrize("kind", ["twice", "swapped"])
def test_replies_that_come_twice_or_swapped_belong_to_their_requests(
    worker: int, measure: Measure, tmp_path: Path, kind: str
) -> None:
    lie = Lie(kind, times=1000)
    with misbehaving(worker, lie) as endpoint:
        result = measure(endpoint)
    assert result.returncode == 0, result.stderr  # each answer is compared with the local one
    assert lie.happened > 0
    assert "measured again" not in result.stderr
    assert repeated_counts(tmp_path) == [0]


def test_a_late_reply_costs_its_segment_which_is_measured_again(
    worker: int, measure: Measure, tmp_path: Path
) -> None:
    lie = Lie("late", after_replies=2, pause_s=1.5)
    with misbehaving(worker, lie) as endpoint:
        result = measure(endpoint, seconds=1)
    assert result.returncode == 0, result.stderr
    assert lie.happened == 1
    assert "was not answered in time; its segment was measured again (1 of 2)" in result.stderr
    assert "It is measured again" not in result.stderr  # the block goes on
    assert repeated_counts(tmp_path) == [1]


def test_a_reply_that_is_late_in_each_attempt_ends_the_run(
    worker: int, measure: Measure, tmp_path: Path
) -> None:
    lie = Lie("late", after_replies=1000, pause_s=1.5, times=1000)
    with misbehaving(worker, lie) as endpoint:
        assert measure(endpoint, "--batch-sizes", "1").returncode == 0
        # From the third reply on, one in each attempt: the first one has more time.
        lie.every, lie.after_replies = lie.heard, lie.heard + 2
        result = measure(endpoint, "--batch-sizes", "1", name="s", seconds=1)
    words = ("did not answer in time in any of 3 attempts at batch size", "no answer within 1")
    check_refused(result, 5, *words)
    assert [path.name for path in (tmp_path / "m").iterdir()] == ["r"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [("cut", "sent an invalid reply"), ("replayed", "its answers cannot be trusted")],
)
def test_a_reply_that_is_cut_or_of_another_session_ends_the_run(
    worker: int, measure: Measure, tmp_path: Path, kind: str, words: str
) -> None:
    lie = Lie(kind, after_replies=1000)
    with misbehaving(worker, lie) as endpoint:
        assert measure(endpoint).returncode == 0
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        lie.after_replies = lie.heard
        check_refused(measure(endpoint, name="s"), 5, words)
    assert lie.happened == 1
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
