"""Real runs of a stub, measured once by the real command in real processes."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
Command = Callable[..., subprocess.CompletedProcess[str]]


def scalebench(*arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the command line from the top folder."""
    return subprocess.run(
        [sys.executable, "-m", "bench", *map(str, arguments)],
        cwd=ROOT,
        check=check,
        capture_output=True,
        text=True,
        timeout=100,
    )


@pytest.fixture
def command() -> Command:
    """Return the function that runs the command line."""
    return scalebench


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``data/m/r`` measured and its page in ``site``; copy before changing."""
    root = tmp_path_factory.mktemp("measured")
    shutil.copytree(ROOT / "site", root / "site", ignore=shutil.ignore_patterns("_site", "resnet"))
    options = ["--preset", "smoke", "--model", "stub:1", "--data", root / "data"]
    scalebench("measure", *options, "--machine", "m", "--run", "r")
    scalebench("report", "--data", root / "data", "--site", root / "site")
    return root
