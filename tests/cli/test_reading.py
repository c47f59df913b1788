"""What people and their shells get from the command line: help, completion, tables, colours."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bench.cli.commands import app
from bench.config import BUDGETS
from tests.cli.command import ROOT, check_refused, on_terminal, scalebench
from tests.needs import need

# What bash does when a person presses the tabulator key behind these words.
PRESS_TAB = """
eval "$1"; shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_scalebench_completion scalebench
printf '%s\\n' "${COMPREPLY[@]}"
"""


def command_paths(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words that lead to a command and to all commands below it."""
    yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from command_paths(below, (*path, name))


PATHS = sorted(command_paths(typer.main.get_command(app)))


def bash(*arguments: str) -> str:
    """Return what a script writes in a bash that knows the installed program."""
    need("bash")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(shutil.which("bash")), "--norc", "-c", *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": programs},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


@cache
def completion() -> str:
    """Return what a person adds to the shell, as the program shows it."""
    return bash("scalebench --show-completion; true")  # the last command of all has no shell above


def complete(*words: str) -> list[str]:
    """Return what bash offers for the last of ``words``."""
    return bash(PRESS_TAB, "bash", completion(), "scalebench", *words).split()


def test_every_command_is_found_also_within_a_group() -> None:
    assert {(), ("measure",), ("import",), ("import", "packrat")} <= set(PATHS)


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_the_help_of_every_command_has_an_example_of_it(path: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*path, "--help"])
    assert done.exit_code == 0
    said = " ".join(done.stdout.replace("│", " ").split())
    assert f"Example: {' '.join(('scalebench', *path))} " in f"{said} "


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("rem",), ["remove"]),
        (("import", "pack"), ["packrat"]),
        (("summary", "--form"), ["--format"]),
        (("summary", "--format", ""), ["table", "csv", "json", "markdown"]),
        (("compare", "--format", "m"), ["markdown"]),
        (("runs", "--format", "c"), ["csv"]),
        (("measure", "--preset", ""), list(BUDGETS)),
        (("measure", "--preset", "s"), ["smoke", "standard"]),
        (("measure", "--allocator", "t"), ["tuned"]),
    ],
)
def test_bash_completes_commands_options_and_their_values(
    words: tuple[str, ...], offered: list[str]
) -> None:
    assert complete(*words) == offered


def test_bash_offers_every_command() -> None:
    assert sorted(complete("")) == sorted(path[0] for path in PATHS if len(path) == 1)


def test_a_summary_in_markdown_is_a_table_with_a_row_a_cell(pristine: Path) -> None:
    text = scalebench("summary", pristine / "data/m/r", "--format", "markdown").stdout
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()]
    assert rows[0] == [
        "batch",
        "thr",
        "local ms",
        "remote ms",
        "overhead ms",
        "of local %",
        "interval %",
        "verdict",
        "latency loss %",
    ]
    assert rows[1] == ["---:"] * 7 + ["---"] * 2
    assert [(row[0], row[1], row[7]) for row in rows[2:3]] == [("1", "1", "exploratory")]
    *table, empty, pooled = text.splitlines()
    assert all(line.startswith("| ") and line.endswith(" |") for line in table)
    assert empty == ""
    assert pooled.startswith("compute difference, all cells together: ")


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
    ],
)
def test_a_command_about_the_site_refuses_what_it_cannot_use(
    arguments: tuple[str, ...], exit_code: int, words: tuple[str, ...]
) -> None:
    check_refused(scalebench(*arguments), exit_code, *words)
