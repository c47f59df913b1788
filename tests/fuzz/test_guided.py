"""The process of atheris, with a stand-in for atheris, which only ``make fuzz`` installs."""

from pathlib import Path

import pytest

from tests.fuzz import guided
from tests.fuzz.guided_child import SEPARATOR
from tests.fuzz.tally import Tally
from tests.wire.examples import EXAMPLES, NAMES, frames_of

STAND_IN = """
import contextlib, pathlib, sys

def instrument_imports(include):
    assert include == ["bench.wire"]
    assert "bench.wire" not in sys.modules, "it was imported before it could be instrumented"
    return contextlib.nullcontext()

def Setup(arguments, check):
    global inputs, run
    inputs = sorted(pathlib.Path(arguments[-1]).iterdir())
    run = check

def Fuzz():
    for path in inputs:
        run(path.read_bytes())
    {then}
    raise SystemExit(0)
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a module that the child takes for atheris."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "atheris.py"


def test_no_example_has_the_separator_of_frames() -> None:
    for message in EXAMPLES:
        frames = frames_of(message)
        assert SEPARATOR.join(frames).split(SEPARATOR) == frames


def test_atheris_begins_with_every_message_and_its_outcomes_are_returned(stand_in: Path) -> None:
    stand_in.write_text(STAND_IN.format(then="run(b'S' + b'\\xc1' * 3)"))
    tally = guided.check_guided(10, 1)
    assert tally.outcomes == {**dict.fromkeys(NAMES, 1), "refused: number of frames": 1}


def test_what_atheris_prints_of_a_failure_is_shown(stand_in: Path) -> None:
    stand_in.write_text(STAND_IN.format(then="sys.exit('crash: SCB')"))
    with pytest.raises(AssertionError, match=r"exit code 1: [\s\S]*crash: SCB"):
        guided.check_guided(10, 1)


def test_a_message_that_atheris_kept_is_checked_again(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.write_text(STAND_IN.format(then="inputs[0].with_name('kept').write_bytes(b'SCB')"))
    checked = []
    monkeypatch.setattr(Tally, "check", lambda _, frames: checked.append(frames))
    guided.check_guided(10, 1)
    assert [b"SCB"] in checked
    assert len(checked) == len(EXAMPLES) + 1
