"""A real run of a stub, measured once by the real command in real processes."""

import shutil
from pathlib import Path

import pytest

from tests.cli.command import ROOT, succeed
from tests.conftest import Share


@pytest.fixture(scope="session")
def measured(share: Share) -> Path:
    """Return a folder with ``data/m/r`` measured and its page in ``site``; copy before changing."""
    return share("measured", _measure)


def _measure(root: Path) -> None:
    shutil.copytree(ROOT / "site", root / "site", ignore=shutil.ignore_patterns("_site", "resnet"))
    plan = ("--preset", "smoke", "--model", "stub:1", "--batch-sizes", "1,4")
    succeed("measure", *plan, "--data", root / "data", "--machine", "m", "--run", "r")
    succeed("report", "--data", root / "data", "--site", root / "site")
