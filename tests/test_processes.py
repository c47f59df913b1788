"""Programs: real processes that talk in events, report their end, and never outlive us."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from bench.errors import HostError
from bench.processes import ChildProgram, ProgramDied
from tests.programs.child import Said, Task

Start = Callable[[Task], ChildProgram[Said]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start programs that end with the test."""
    started: list[ChildProgram[Said]] = []

    def start_one(task: Task) -> ChildProgram[Said]:
        started.append(ChildProgram("tests.programs.child", task, Said, {}))
        return started[-1]

    yield start_one
    for program in started:
        program.stop()


def test_events_come_one_by_one_and_nothing_else_that_is_printed(
    start: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    program = start(Task("count", 3))
    assert program.next_event().value == program.pid
    assert [program.next_event().value for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ProgramDied, match="exit code 0"):
        program.next_event()
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.count("chatter of C") == 3
    assert captured.err.count("chatter of Python") == 3


def test_an_expected_error_arrives_as_itself(start: Start) -> None:
    program = start(Task("fail"))
    program.next_event()
    with pytest.raises(HostError, match=r"^no such tensor$"):
        program.next_event()


@pytest.mark.parametrize(
    ("task", "ending"),
    [(Task("exit", 3), "exit code 3"), (Task("signal"), f"signal {signal.SIGKILL}: killed")],
    ids=["exit", "signal"],
)
def test_a_program_that_ends_without_a_word_is_reported_with_its_ending(
    start: Start, task: Task, ending: str
) -> None:
    program = start(task)
    program.next_event()
    with pytest.raises(ProgramDied, match=rf"tests\.programs\.child.*\({ending}"):
        program.next_event()


def test_a_program_that_says_nothing_in_time_is_given_up_and_can_be_stopped(start: Start) -> None:
    program = start(Task("sleep"))
    os.kill(program.pid, signal.SIGSTOP)
    with pytest.raises(ProgramDied, match=r"tests\.programs\.child' was not ready within 0.2 s"):
        program.first_event(0.2)
    program.stop()
    assert not program.alive


def test_a_program_that_does_not_exist_dies_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    program = ChildProgram[Said]("tests.programs.none", Task("count"), Said, {})
    with pytest.raises(ProgramDied, match="exit code 1"):
        program.next_event()
    program.stop()
    assert "No module named tests.programs.none" in capfd.readouterr().err


def test_a_stopped_program_is_gone_and_may_be_stopped_again(start: Start) -> None:
    program = start(Task("sleep"))
    program.next_event()
    assert program.alive
    program.stop()
    assert not program.alive
    with pytest.raises(ProcessLookupError):
        os.kill(program.pid, 0)
    program.stop()


def test_the_environment_asked_for_reaches_the_program(
    capfd: pytest.CaptureFixture[str],
) -> None:
    program = ChildProgram[Said](
        "tests.programs.child", Task("exit", 0), Said, {"PYTHONVERBOSE": "1"}
    )
    program.next_event()
    with pytest.raises(ProgramDied):
        program.next_event()
    program.stop()
    assert "import 'bench.processes'" in capfd.readouterr().err


def test_what_a_caller_set_for_his_own_interpreter_does_not_reach_the_program(
    start: Start, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONVERBOSE", "1")
    program = start(Task("exit", 0))
    program.next_event()
    with pytest.raises(ProgramDied):
        program.next_event()
    assert "import 'bench.processes'" not in capfd.readouterr().err


def test_a_program_ends_itself_when_its_starter_is_killed() -> None:
    starter = subprocess.Popen(
        [sys.executable, "-m", "tests.programs.starter"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with starter:
        assert starter.stdout is not None
        assert starter.stderr is not None
        child = int(starter.stdout.readline())
        os.kill(child, 0)  # it lives
        starter.kill()
        starter.stderr.read()  # both hold its other end: this returns when both are gone
        assert starter.wait() == -signal.SIGKILL
