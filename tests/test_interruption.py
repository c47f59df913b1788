"""Ending signals: a command ends with each, also where a library hides the exception."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import interruption
from bench.errors import DataError, Interrupted
from bench.processes import ChildProgram
from tests.programs.child import Said, Task

# A library that drops the exception while the second block is being prepared.
_DROPPED = """
import contextlib, os, signal
from bench.cli import main
from bench.pipeline import measure

def dropping(*arguments):
    for index in blocks(*arguments):
        if index == 2:
            with contextlib.suppress(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
        yield index

blocks = measure.blocks_to_measure
measure.blocks_to_measure = dropping
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""


@pytest.fixture(autouse=True)
def handled(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Handle the signals as a command does, and forget them afterwards."""
    monkeypatch.setattr(interruption, "_received", [])
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interruption.handle_signals()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def drop(number: int) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        os.kill(os.getpid(), number)


def test_without_a_signal_nothing_is_raised() -> None:
    with interruption.interruptible():
        interruption.raise_if_interrupted()
    with pytest.raises(DataError), interruption.interruptible():
        raise DataError("as it is")


def test_a_signal_ends_what_runs() -> None:
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_context_ends_with_a_signal_that_was_dropped(number: int) -> None:
    with pytest.raises(KeyboardInterrupt), interruption.interruptible():
        drop(number)


def test_a_context_ends_with_a_signal_that_became_another_exception() -> None:
    drop(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interruption.interruptible():
        raise TypeError("Cannot compare")


def test_what_a_command_says_of_its_interruption_stays() -> None:
    drop(signal.SIGINT)
    with pytest.raises(Interrupted, match="kept"), interruption.interruptible():
        raise Interrupted("blocks are kept")


def test_an_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    interruption.handle_signals()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN


@pytest.mark.parametrize("wait", [ChildProgram.first_event, ChildProgram.next_event])
def test_the_next_wait_for_a_child_ends_with_a_signal_that_was_dropped(wait: object) -> None:
    assert callable(wait)
    child: ChildProgram[Said] = ChildProgram("tests.programs.child", Task("count", 1), Said, {})
    try:
        drop(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            wait(child)
    finally:
        child.stop()


def test_a_run_ends_with_a_signal_that_a_library_dropped(tmp_path: Path) -> None:
    words = ("--model", "stub:1", "--batch-sizes", "1", "--threads", "1", "--image-size", "32")
    options = ("--preset", "full", "--quiet", "--data", str(tmp_path), "--machine", "m")
    run = subprocess.run(
        [sys.executable, "-c", _DROPPED, "measure", *words, *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 130
    assert "complete blocks are kept" in run.stderr
    assert [path.name for path in tmp_path.glob("m/*/block-*.parquet")] == ["block-001.parquet"]
