"""The project's own files: commands and continuous integration."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = (
    "help",
    "setup",
    "test",
    "unit",
    "lint",
    "benchmark",
    "large",
    "chaos",
    "fuzz",
    "soak",
    "calibrate",
    "links",
    "checksite",
    "lighthouse",
    "picture",
    "site",
    "measure",
    "report",
    "build",
    "serve",
    "clean",
)


def make(*arguments: str) -> str:
    program = shutil.which("make")
    assert program is not None
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        [program, *arguments], cwd=ROOT, env=outside, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_by_a_whole_commit(workflow: Path) -> None:
    uses = re.findall(r"uses:\s*(\S+)", workflow.read_text())
    assert uses
    for action in uses:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action), action


def test_the_workflows_keep_to_their_schema() -> None:
    """What the command checks is the schema that it brings along; nothing is fetched."""
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    done = subprocess.run(
        [*check, "vendor.github-workflows", *WORKFLOWS],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_unless_a_job_says_otherwise(workflow: Path) -> None:
    assert yaml.safe_load(workflow.read_text())["permissions"] == {"contents": "read"}


@pytest.mark.parametrize(
    ("workflow", "cache"), [("tests.yml", ("cache", "pip")), ("pages.yml", ("bundler-cache", True))]
)
def test_a_workflow_keeps_its_dependencies_for_the_next_time(
    workflow: str, cache: tuple[str, object]
) -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / workflow).read_text())["jobs"]
    steps = [step for job in jobs.values() for step in job["steps"]]
    assert cache in [item for step in steps for item in step.get("with", {}).items()]


def test_continuous_integration_runs_the_command_that_everyone_runs() -> None:
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "exec make test"
    assert "run: .ci/run" in (ROOT / ".github" / "workflows" / "tests.yml").read_text()


def test_make_alone_lists_every_target() -> None:
    assert tuple(re.findall(r"^make (\w+)", make(), re.MULTILINE)) == TARGETS


def test_cleaning_never_touches_measured_data() -> None:
    assert not re.search(r"\bdata\b", make("--dry-run", "clean"))


def test_the_site_is_measured_reported_and_built_in_this_order() -> None:
    planned = make("--dry-run", "site", "PRESET=smoke")
    order = [
        planned.index(step)
        for step in ("measure --preset smoke", "scalebench report", "jekyll build")
    ]
    assert order == sorted(order)
