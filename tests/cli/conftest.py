"""One small run with its page, measured and published by the real commands."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import ROOT, STUB, contents, scalebench


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``data/m/r`` and its page in ``site``; copy before changing.

    What ``measure`` said is in ``measure.txt``.
    """
    root = tmp_path_factory.mktemp("pristine")
    pages = shutil.ignore_patterns("_site", "resnet", "pages")
    shutil.copytree(ROOT / "site", root / "site", ignore=pages)
    done = scalebench(*STUB, "--data", root / "data", "--machine", "m", "--run", "r")
    assert done.returncode == 0, done.stderr
    (root / "measure.txt").write_text(done.stdout)
    done = scalebench("report", "--data", root / "data", "--site", root / "site")
    assert done.returncode == 0, done.stderr
    return root


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
