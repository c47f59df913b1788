"""What all tests share: how many run at once, and folders that are made once for all of them."""

import fcntl
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about the code.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")

# Tests start hundreds of processes, none of which should compile what the one before it compiled.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

Share = Callable[[str, Callable[[Path], object]], Path]
# The longest ones, the longest first: they must not be the last to begin.
FIRST = (
    "test_browser.py",
    "test_tables.py",
    "test_chain.py",
    "test_overhead_trials.py",
    "test_own_site.py",
    "test_readme.py",
    "test_extras.py",
    "test_build.py",
    "test_history.py",
    "test_import.py",
)


def pytest_xdist_auto_num_workers() -> int:
    """Return how many processes test: one more than cores, since some tests wait for others."""
    return 1 + (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Let files begin in the order of the collection, not by how many tests they have."""
    config.option.loadscopereorder = False


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first."""
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(FIRST)))


@pytest.fixture(scope="session")
def share(tmp_path_factory: pytest.TempPathFactory) -> Share:
    """Return the function that gives a folder which the first process that asks for it makes."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # that of all processes

    def share(name: str, make: Callable[[Path], object]) -> Path:
        folder, made = base / f"shared-{name}", base / f"shared-{name}.made"
        with (base / f"shared-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                folder.mkdir()
                make(folder)
                made.touch()
        return folder

    return share
