"""What people and their shells get from the command line: help, completion, tables, colours."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli import measuring  # noqa: F401 - the commands are there once it is imported
from bench.cli.app import app
from tests.cli.command import ROOT, check_refused, scalebench

COMMANDS = sorted(
    command.name or str(getattr(command.callback, "__name__", ""))
    for command in app.registered_commands
)


def on_terminal(*arguments: object, **variables: str) -> str:
    """Return what a command writes to a terminal that shows colours."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **variables}
    with subprocess.Popen(
        [sys.executable, "-m", "bench", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdout=theirs,
    ) as process:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 4096):
                written += part
        except OSError:
            pass  # the other end is closed: the command has ended
        finally:
            os.close(ours)
    assert process.returncode == 0
    return written.decode()


def complete(words: str) -> list[str]:
    """Return what the shell is offered for the last of ``words``."""
    code = "import bench.cli; bench.cli.main()"
    variables = {
        "_SCALEBENCH_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **variables},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.split()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example_of_it(command: str) -> None:
    done = scalebench(command, "--help")
    assert done.returncode == 0
    assert (
        f"Example: scalebench {command} " in " ".join(done.stdout.replace("│", " ").split()) + " "
    )


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("scalebench rem", ["remove"]),
        ("scalebench check", ["check-site"]),
        ("scalebench summary --form", ["--format"]),
        ("scalebench summary --format ", ["table", "csv", "json", "markdown"]),
        ("scalebench runs --format c", ["csv"]),
    ],
)
def test_the_shell_completes_commands_options_and_formats(words: str, offered: list[str]) -> None:
    assert complete(words) == offered


def test_a_summary_in_markdown_is_a_table_with_a_row_a_cell(pristine: Path) -> None:
    text = scalebench("summary", pristine / "data/m/r", "--format", "markdown").stdout
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()]
    assert rows[0] == [
        "batch",
        "thr",
        "local ms",
        "remote ms",
        "latency loss %",
        "throughput loss %",
        "verdict",
    ]
    assert rows[1] == ["---:"] * 6 + ["---"]
    assert [(row[0], row[1], row[6]) for row in rows[2:]] == [("1", "1", "exploratory")]
    assert all(line.startswith("| ") and line.endswith(" |") for line in text.splitlines())


@pytest.mark.parametrize("command", ["summary", "runs"])
def test_no_colour_and_no_weight_are_written_where_none_is_wanted(
    pristine: Path, command: str
) -> None:
    arguments = {
        "summary": ("summary", pristine / "data/m/r"),
        "runs": ("runs", "--data", pristine / "data", "--site", pristine / "site"),
    }[command]
    assert "\x1b[" in on_terminal(*arguments, NO_COLOR="")
    assert "\x1b" not in on_terminal(*arguments, NO_COLOR="1")


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("runs", "--format", "xml"), 2, ("--format: 'xml'", "table, csv, json")),
        (("runs", "--site", "tests"), 3, ("tests is not the folder of a site", "_config.yml")),
        (("remove", "no/such/run"), 3, ("no page of a run 'no/such/run'", "scalebench runs")),
        (("init-site", "tests"), 3, ("tests is not the folder of a site",)),
        (("check-site", "bench"), 3, ("bench holds no page",)),
        (("check-site", "bench", "--base", "name"), 2, ("--base: 'name'", "slash")),
        (("check-site", "bench", "--measured", "0"), 2, ("--measured",)),
    ],
)
def test_a_command_about_the_site_refuses_what_it_cannot_use(
    arguments: tuple[str, ...], exit_code: int, words: tuple[str, ...]
) -> None:
    check_refused(scalebench(*arguments), exit_code, *words)
