"""What a user types wrongly, what the exit code says, and how much a message says."""

import inspect
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import bench.cli.commands  # noqa: F401 - so that all commands are there
from bench.cli.app import app
from tests.cli.command import ROOT, check_refused, finish, scalebench, start

LONG = "x" * 300
HELP_COLUMNS = 78
"""Of a terminal of 80, without its margins."""
NAME_RULE = "use up to 64 letters, digits"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        ("measure --no-such-flag", 2, ["--no-such-flag", "scalebench measure --help"]),
        ("measure --seed x", 2, ["'--seed'", "measure --seed x", "scalebench measure --help"]),
        ("measure --seed -1", 2, ["--seed: -1", "from 0"]),
        ("no-such-command", 2, ["'no-such-command'", "scalebench --help"]),
        ("import", 2, ["Missing command", "scalebench import --help"]),
        ("summary", 2, ["RUN_DIR", "scalebench summary --help"]),
        ("measure --batch-sizes 0", 2, ["--batch-sizes: '0' in '0'", "such as 1,2,4"]),
        ("measure --batch-sizes ''", 2, ["--batch-sizes: ''", "such as 1,2,4"]),
        ("measure --batch-sizes 1,-2", 2, ["'-2' in '1,-2'", "such as 1,2,4"]),
        ("measure --batch-sizes 65", 2, ["--batch-sizes: 65 is above 64"]),
        ("measure --threads 0", 2, ["--threads: '0' in '0'", "such as 1,2,4"]),
        ("measure --threads 4096", 2, ["--threads: 4096 is more than the", "give at most"]),
        ("measure --minutes 0", 2, ["--minutes: 0", "above 0"]),
        ("measure --minutes soon", 2, ["'--minutes'", "soon"]),
        ("measure --preset fast", 2, ["--preset: 'fast'", "smoke, quick, standard, full"]),
        ("measure --model vgg", 2, ["--model: 'vgg'", "did you mean vgg"]),
        ("measure --allocator odd", 2, ["--allocator: 'odd'", "tuned, system"]),
        ("measure --image-size 5000", 2, ["--image-size: 5000", "32..512"]),
        ("measure --weights nowhere.pt", 4, ["--weights:", "nowhere.pt", "torch.save"]),
        ("measure --weights tests", 4, ["--weights:", "Is a directory", "torch.save"]),
        ("measure --model stub:1 --worker x", 2, ["--worker: 'x'", "tcp://ADDRESS:PORT"]),
        ("measure --data pyproject.toml", 2, ["--data: pyproject.toml is not a folder"]),
        ("worker --bind tcp://0.0.0.0:5555", 2, ["--bind: tcp://0.0.0.0:5555", "--insecure"]),
        ("worker --bind odd://127.0.0.1:1 --insecure", 2, ["'odd://127.0.0.1:1'", "tcp://"]),
        ("summary no/such/run", 3, ["no/such/run/run.json", "give the folder of a run"]),
        ("summary data --format xml", 2, ["--format: 'xml'", "table, csv, json"]),
        ("verify no/such/run", 3, ["no/such/run/run.json", "give the folder of a run"]),
        ("report no/such/run", 3, ["no/such/run/run.json", "give the folder of a run"]),
    ],
)
def test_bad_input_is_one_clear_message_and_its_exit_code(
    arguments: str, exit_code: int, words: list[str]
) -> None:
    check_refused(scalebench(*shlex.split(arguments)), exit_code, *words)


NO_NAMES = ("", "..", "/absolute", "a/b", "{% raw %}", "<b>", "ü", "a b", LONG)


@pytest.mark.parametrize(
    ("flag", "name"),
    [
        *(("--run", name) for name in (*NO_NAMES, "../../x")),
        *(("--machine", name) for name in ("", "../../x", "{{x}}")),
    ],
)
def test_a_name_that_is_no_folder_is_refused_before_anything_starts(
    tmp_path: Path, flag: str, name: str
) -> None:
    result = scalebench("measure", "--model", "stub:1", "--data", tmp_path / "data", flag, name)
    check_refused(result, 2, f"{flag}: {name!r}", NAME_RULE)
    assert list(tmp_path.iterdir()) == []


def test_a_traceback_is_shown_when_asked_for() -> None:
    result = scalebench("--debug", "summary", "no/such/run")
    assert result.returncode == 3
    assert "Traceback" in result.stderr
    assert "run.json" in result.stderr.splitlines()[-1]


def test_a_fault_of_the_tool_itself_has_an_exit_code_of_its_own() -> None:
    code = (
        "import bench.cli, bench.pipeline.verify as v\n"
        "def broken(*_): raise RuntimeError('planted')\n"
        "v.verify = broken\n"
        "bench.cli.main()"
    )
    result = finish(start("verify", "x", python=("-c", code)))
    check_refused(result, 1, "RuntimeError: planted", "--debug")


def test_no_command_shows_the_help() -> None:
    result = scalebench()
    assert result.returncode == 2
    assert "measure" in result.stdout


COMMANDS = {
    f"{name} {command.name or command.callback.__name__}".strip(): command.callback
    for name, part in [("", app), *((g.name, g.typer_instance) for g in app.registered_groups)]
    if part
    for command in part.registered_commands
    if command.callback
}


def test_the_help_of_each_command_is_whole() -> None:
    """What stands in square brackets is lost where the help takes it for a style."""
    assert {"measure", "worker", "keys new", "import packrat"} <= set(COMMANDS)
    for command in ("", "keys", "import", *COMMANDS):
        shown = scalebench(*command.split(), "--help", COLUMNS="200").stdout
        assert not re.findall(r".* [;.,].*|.*<bool>.*|.*\[\[RUN_DIR.*", shown), command


@pytest.mark.parametrize("command", COMMANDS)
def test_no_line_of_a_help_is_broken_twice(command: str) -> None:
    for paragraph in (inspect.getdoc(COMMANDS[command]) or "").split("\n\n"):
        lines = paragraph.splitlines()
        assert len(lines) == 1 or max(map(len, lines)) <= HELP_COLUMNS


def test_help_needs_no_heavy_package() -> None:
    heavy = "{'torch', 'pandas', 'zmq', 'numpy'}"
    code = f"import sys, bench.cli.commands; print({heavy} & set(sys.modules))"
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert output.stdout.strip() == "set()"
