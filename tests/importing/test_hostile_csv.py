"""Attack: CSV files that are small enough to be read, and made to take memory or time."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.errors import DataError
from bench.importing.packrat import MAX_BYTES, MAX_COLUMNS, read_packrat
from bench.importing.stage import ImportRequest, import_packrat
from bench.store.aggregate_file import MAX_CELLS
from bench.store.aggregates import Choice
from bench.store.checks import MAX_CELLS as MAX_RUN_CELLS
from tests.importing.packrat_files import LATENCY, OLD, write_old

HEADER = ",".join((*OLD, *LATENCY[:-1]))


def _columns(count: int) -> str:
    return ",".join(f"c{number}" for number in range(count)) + "\r\n" + "1," * (count - 1) + "1\r\n"


@pytest.mark.parametrize(
    ("make_text", "words"),
    [
        (lambda: _columns(1_000_000), "line 1: there are 1000000 columns"),
        (lambda: _columns(MAX_COLUMNS + 1), f"at most {MAX_COLUMNS} are read"),
        (lambda: "a,b\r\n" + "1,2\r\n" * (MAX_CELLS // 2 + 1), "more than 1,000,000 cells"),
        (lambda: "a\r\n" + "\r\n" * 1_000_000, "there are no rows"),
        (lambda: "a\r\n" + '"' + "x" * 15_000_000, "field larger than field limit"),
        (lambda: "a" * 15_000_000, "field larger than field limit"),
        (lambda: '"' * 15_000_000, "this is not CSV"),
        (lambda: "," * 130_000, "there are 130001 columns"),
        (lambda: f"{HEADER}\r\n=1+1" + ",1" * 7 + "\r\n", "'=1+1' is not a plain word"),
        (lambda: f"{HEADER}\r\na\0" + ",1" * 7 + "\r\n", "a NUL byte"),
        (lambda: f"{HEADER}\r\n\x1b[31m" + ",1" * 7 + "\r\n", r"'\x1b[31m' is not a plain word"),
    ],
)
def test_a_table_that_no_study_has_is_refused_by_its_line(
    tmp_path: Path, make_text: Callable[[], str], words: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_text(make_text(), newline="")
    assert path.stat().st_size < MAX_BYTES
    with pytest.raises(DataError) as refusal:
        read_packrat(path, path)
    message = str(refusal.value)
    assert message.startswith(str(path))
    assert words in message
    assert message.isprintable()
    assert len(message.replace(str(path), "")) < 400


def test_files_that_would_make_too_many_cells_are_refused(tmp_path: Path) -> None:
    latency, throughput = write_old(tmp_path, threads=range(1, 600))
    request = ImportRequest(latency, throughput, tmp_path, "m", "r", "resnet50", Choice())
    with pytest.raises(DataError, match=rf"{latency} has .* a run has at most {MAX_RUN_CELLS}"):
        import_packrat(request)
    assert not (tmp_path / "m").exists()
