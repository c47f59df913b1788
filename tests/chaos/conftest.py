"""A worker whose control port and data port follow each other, behind which a proxy can stand."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.proxy import THERE, free_pair
from tests.cli.command import scalebench, serving_stub

Measure = Callable[..., subprocess.CompletedProcess[str]]
_MEASURE = (
    *("measure", "--model", "stub:1", "--preset", "smoke", "--machine", "m"),
    *("--batch-sizes", "1,2", "--threads", "1", "--image-size", "32"),
)


@pytest.fixture
def worker() -> Iterator[int]:
    """Return the control port of a worker."""
    port = free_pair()
    with serving_stub(1, "--insecure", bind=f"tcp://{THERE}:{port}"):
        yield port


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """Return what measures a small run, ``m/r`` if it is not told otherwise."""

    def run(
        endpoint: str, *options: object, name: str = "r", seconds: int = 4
    ) -> subprocess.CompletedProcess[str]:
        where = ("--worker", endpoint, "--data", tmp_path, "--run", name, "--timeout", seconds)
        return scalebench(*_MEASURE, *where, *options)

    return run
