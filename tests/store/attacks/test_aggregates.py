"""Attack: the Parquet file of an imported run with other columns, values or sizes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bench.errors import DataError, UsageError
from bench.importing.packrat import read_packrat
from bench.importing.summary import summarise_import
from bench.store.aggregate_file import AGGREGATES_FILE, MAX_CELLS, write_aggregates
from bench.store.folder import RunFolder
from bench.store.run import load_run
from tests.importing.packrat_files import write_old
from tests.page.factory import make_info
from tests.store.hostile import LONGEST_REASON, change_table, with_column, with_metadata

Change = Callable[[pa.Table], pa.Table]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the folder of an imported run."""
    folder = RunFolder(tmp_path / "run")
    folder.create(make_info(source={"format": "packrat"}))
    rows, _ = read_packrat(*write_old(tmp_path))
    write_aggregates(folder, rows)
    assert summarise_import(load_run(folder.path)).summary.cells
    return folder.path


def refused(path: Path, *words: str) -> None:
    with pytest.raises(DataError) as refusal:
        summarise_import(load_run(path))
    reason = str(refusal.value).replace(str(path), "")
    assert reason.isprintable()
    assert len(reason) < LONGEST_REASON
    assert [word for word in (AGGREGATES_FILE, *words) if word not in reason] == [], reason


def _typed(name: str, value: object, kind: pa.DataType) -> Change:
    return lambda table: with_column(name, pa.array([value] * len(table), kind))(table)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_metadata(scalebench_aggregates_version=b"2"), "has version 2; this version reads 1"),
        (with_metadata(scalebench_aggregates_version=b"\xff" * 9999), "this version reads 1"),
        (lambda table: table.drop_columns("benchmark"), "this version reads 1"),
        (with_column("benchmark", 1), "benchmark should be string and is int64"),
        (with_column("batch_size", "1"), "batch_size should be int32 and is string"),
        (with_column("throughput", {"a": 1}), "throughput should be double and is struct"),
        (_typed("batch_size", 0, pa.int32()), "batch_size is not from 1"),
        (_typed("intraop_threads", 2**31 - 1, pa.int32()), "intraop_threads is not from 1"),
        (_typed("batch_size", None, pa.int32()), "a row has no batch_size"),
        (_typed("benchmark", None, pa.string()), "a row has no benchmark"),
        (_typed("benchmark", "x" * 65, pa.string()), "benchmark has more than 64 letters"),
        (_typed("latency(avg)", -1.0, pa.float64()), "latency(avg) is not finite and above 0"),
        (_typed("throughput", float("inf"), pa.float64()), "throughput is not finite"),
        (lambda table: table.append_column("flops", table["flops"]), "a column is there twice"),
        (lambda table: table.take(np.zeros(MAX_CELLS, np.int64)), f"it states {MAX_CELLS} rows"),
    ],
)
def test_what_no_import_wrote_is_refused(path: Path, change: Change, words: str) -> None:
    change_table(path / AGGREGATES_FILE, change)
    refused(path, words, "import the run again")


def test_a_file_without_rows_has_no_arms(path: Path) -> None:
    change_table(path / AGGREGATES_FILE, lambda table: table.slice(0, 0))
    with pytest.raises(UsageError, match="--arms: no row has placement"):
        summarise_import(load_run(path))


def test_a_row_that_is_there_twice_is_refused(path: Path) -> None:
    change_table(path / AGGREGATES_FILE, lambda table: pa.concat_tables([table, table]))
    with pytest.raises(DataError, match=r"have one key; import the run again\.$"):
        summarise_import(load_run(path))


def test_a_word_that_is_long_and_in_many_rows_is_never_repeated(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 64 KiB in each of 100,000 rows would be 6 GiB.
    change_table(
        path / AGGREGATES_FILE,
        lambda table: _typed("topology", "x" * 2**16, pa.string())(
            table.take(np.zeros(MAX_CELLS // 100, np.int64))
        ),
    )
    monkeypatch.setattr(pa, "schema", None)  # with which words would become rows
    refused(path, "topology has more than 64 letters")
