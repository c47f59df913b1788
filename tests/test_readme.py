"""README.md is true: its commands run, its tables say what the code says, its links lead on."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import typer

from bench import errors
from bench.cli.commands import app
from bench.publish.reference import column_rows
from tests.needs import need

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
NO_RUN = "sh norun: "
WITH = "sh with "
MARKS = ("installed", "testable")
COPIED = ("Gemfile", "Makefile", "pyproject.toml", ".ci", "data", "site", "templates")
OTHER_RUNS = ("2026-11-2[458]-*", "2026-11-27-[1-4]*")  # README reads one run only


class Fence(NamedTuple):
    """A fenced block of code: what stands behind its fence, and its text."""

    info: str
    text: str


FENCES = [
    Fence(*parts)
    for parts in re.findall(r"^```(\w[^\n]*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
]
FILES = ("dockerfile", "ini", "yaml")  # tests/test_deployment.py checks them
SHELL = [fence for fence in FENCES if fence.info not in ("text", *FILES)]
RUN = [fence for fence in SHELL if not fence.info.startswith(NO_RUN)]
MAKES_SITE, *OTHERS = RUN


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout that is set up, so that nothing is installed."""
    folder = tmp_path_factory.mktemp("clone")
    for name in COPIED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(
                path, folder / name, ignore=shutil.ignore_patterns("_site", *OTHER_RUNS)
            )
        else:
            shutil.copy2(path, folder / name)
    (folder / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name not in MARKS:
            (folder / ".venv" / part.name).symlink_to(part)
    for mark in MARKS:
        (folder / ".venv" / mark).touch()
    return folder


def test_every_shell_block_is_run_or_says_why_not() -> None:
    assert len(RUN) >= 3
    for fence in SHELL:
        assert fence.info == "sh" or fence.info.startswith((WITH, NO_RUN)), fence.info
        if fence.info.startswith(NO_RUN):
            assert len(fence.info.removeprefix(NO_RUN).split()) > 2, "a reason is more than a word"
    outside = re.sub(r"^```.*?^```$", "", README, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"^    \S", outside, re.MULTILINE), "an indented block is not run"


@pytest.fixture(scope="module")
def made(clone: Path) -> Path:
    """Return the copy once its first block, which makes the site, was run there."""
    run_fence(MAKES_SITE, clone)
    return clone


@pytest.mark.timeout(240)  # it is made twice
def test_the_first_block_makes_the_site_and_a_second_time_changes_no_byte(made: Path) -> None:
    first = tree(made)
    assert MAKES_SITE.text.startswith("make site ")
    assert made / "site" / "_site" / "index.html" in first
    run_fence(MAKES_SITE, made)
    second = tree(made)
    assert [path for path in first.keys() | second if first.get(path) != second.get(path)] == []


@pytest.mark.parametrize("fence", OTHERS, ids=lambda fence: fence.text.split("\n")[0][:40])
def test_a_shell_block_runs(made: Path, fence: Fence) -> None:
    run_fence(fence, made)


def tree(clone: Path) -> dict[Path, bytes]:
    """Return every file that a run or a site may have, by its path."""
    files = [path for top in ("data", "site") for path in (clone / top).rglob("*")]
    return {path: path.read_bytes() for path in files if path.is_file()}


def run_fence(fence: Fence, folder: Path) -> None:
    """Run a block with the variables behind its fence; it must end well."""
    need("make", "bundle", "jekyll")
    words = shlex.split(fence.info.removeprefix(WITH)) if fence.info.startswith(WITH) else []
    done = run_block(fence.text, folder, dict(word.split("=", 1) for word in words))
    assert done.returncode == 0, done.stdout + done.stderr


def run_block(
    text: str, folder: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    program = shutil.which("sh")
    assert program is not None
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    path = f"{folder / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**outside, "PATH": path, "SETUP": "0", "LC_ALL": "C.UTF-8"}
    environment |= {"FRESH": "yes", **variables}  # its programs are links to those of this checkout
    return subprocess.run(
        [program, "-eu", "-c", text],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=200,
    )


def test_a_block_that_fails_in_the_middle_is_noticed(tmp_path: Path) -> None:
    assert run_block("false\ntrue\n", tmp_path, {}).returncode == 1


def test_the_columns_are_those_of_the_schema() -> None:
    lines = ["| Column | Type | Unit | Meaning |", "|---|---|---|---|"]
    for name, kind, unit, meaning in column_rows():
        lines.append(f"| `{name}` | {kind} | {unit} | {meaning} |")
    said = re.search(
        r"<!-- columns: .*? -->\n\n(.*?)\n\n<!-- end of columns -->", README, re.DOTALL
    )
    assert said
    assert said[1] == "\n".join(lines)


def test_the_exit_codes_are_those_of_the_errors() -> None:
    said = re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE)
    assert [(int(code), words) for code, words in said] == list(errors.EXIT_CODES.items())


def test_every_command_is_listed() -> None:
    said = re.findall(r"^scalebench ([\w-]+)  +\S", README, re.MULTILINE)
    commands = typer.main.get_command(app)
    assert sorted(said) == sorted(commands.commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_path_and_link_leads_to_something(name: str) -> None:
    text = (ROOT / name).read_text()
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    paths = re.findall(r"`((?:bench|tests|templates|site|\.github)/[\w./-]+\w)`", text)
    assert links or paths
    assert [path for path in links + paths if not (ROOT / path).exists()] == []


def test_the_picture_is_small_and_not_part_of_the_site() -> None:
    picture = ROOT / ".github" / "front.png"
    assert 10_000 < picture.stat().st_size <= 200_000
    assert picture.read_bytes().startswith(b"\x89PNG")
