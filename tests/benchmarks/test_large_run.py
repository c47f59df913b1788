"""A run of some hundred thousand rows, by real processes; ``make large`` has ten million."""

from pathlib import Path

import pytest

from tests.benchmarks.large_run import LIMIT_ROW_BYTES, Large, commands, make_large_run, watch

pytest.importorskip("psutil")
BLOCK_ROWS = 12_500
SMALL_ROWS, LARGE_ROWS = 50_000, 300_000
MAX_GROWTH_BYTES = {"summary": 100, "report": 250}
"""Of memory per row. The columns of a row take 150 once it is read, and the memory of the processes
that draw varies by some 20 MB."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Large, Large]:
    """Return a small run and a large one, with blocks of one size."""
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("the memory of a process is read from /proc")
    folder = tmp_path_factory.mktemp("large")
    small, large = (
        make_large_run(folder / f"run{rows}", rows, BLOCK_ROWS) for rows in (SMALL_ROWS, LARGE_ROWS)
    )
    return small, large


def test_a_row_takes_little_room_on_the_disk(runs: tuple[Large, Large]) -> None:
    for run in runs:
        assert run.row_bytes < LIMIT_ROW_BYTES


@pytest.mark.parametrize("name", MAX_GROWTH_BYTES)
def test_memory_does_not_grow_in_proportion_to_the_rows(
    runs: tuple[Large, Large], tmp_path: Path, name: str
) -> None:
    small, large = runs
    assert large.rows > 5 * small.rows
    small_mb, large_mb = (
        watch(commands(run, tmp_path / str(run.rows))[name]).peak_mb for run in runs
    )
    assert (large_mb - small_mb) * 1e6 < MAX_GROWTH_BYTES[name] * (large.rows - small.rows)
