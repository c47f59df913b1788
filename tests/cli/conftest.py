"""One small run with its page, measured and published by the real commands."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import ROOT, STUB, contents, succeed
from tests.conftest import Share


@pytest.fixture(scope="session")
def pristine(share: Share) -> Path:
    """Return a folder with ``data/m/r`` and its page in ``site``; copy before changing.

    What ``measure`` said is in ``measure.txt``.
    """
    return share("pristine", _measure)


def _measure(root: Path) -> None:
    pages = shutil.ignore_patterns("_site", "resnet", "mobilenet*", "pages")
    shutil.copytree(ROOT / "site", root / "site", ignore=pages)
    run = ("--data", root / "data", "--machine", "m", "--run", "r")
    (root / "measure.txt").write_text(succeed(*STUB, *run).stdout)
    succeed("report", "--data", root / "data", "--site", root / "site")


@pytest.fixture
def place(pristine: Path, tmp_path: Path) -> Path:
    """Return a copy of the run and its site that a test may spoil."""
    return Path(shutil.copytree(pristine, tmp_path / "place"))


@pytest.fixture
def untouched(place: Path) -> Iterator[Path]:
    """Return the run and its site, and check that a test left every byte of them as it was."""
    before = contents(place)
    yield place
    after = contents(place)
    assert {path: after.get(path) for path in before} == before
