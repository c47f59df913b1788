"""Attack: valid Parquet files with other columns, kinds or metadata than a block has."""

import base64
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.store.hostile import (
    BLOCK,
    change_table,
    read_all,
    refused,
    small_run,
    with_column,
    with_metadata,
)

Change = Callable[[pa.Table], pa.Table]


def _twice(table: pa.Table) -> pa.Table:
    return table.append_column("arm", table["arm"])


def _dictionary(table: pa.Table) -> pa.Table:
    return with_column("arm", table["arm"].combine_chunks().dictionary_encode())(table)


def _renamed(name: str) -> Change:
    def change(table: pa.Table) -> pa.Table:
        renamed = table.rename_columns([name, *table.column_names[1:]])
        return renamed.replace_schema_metadata(table.schema.metadata)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (with_column("arm", {"a": {"b": 1}}), ["arm should be string and is struct"]),
        (with_column("c1_ns", [1]), ["c1_ns should be int64 and is list"]),
        (_dictionary, ["arm should be string and is dictionary"]),
        (with_column("block", 1.5), ["block should be int32 and is double"]),
        (with_column("w3_ns", b"\xff\x00"), ["w3_ns should be int64 and is binary"]),
        (_twice, ["arm should be string and is string and string"]),
        (_renamed("\x1b[31m" * 200), ["block should be int32 and is missing"]),
        (lambda table: table.select([]), ["block should be int32 and is missing"]),
        (lambda table: table.replace_schema_metadata(None), ["states no schema version"]),
        (with_metadata(scalebench_schema_version=b"\xff\xfe"), ["states no schema version"]),
        (with_metadata(scalebench_schema_version=b"9" * 5000), ["states no schema version"]),
        (with_metadata(scalebench_schema_version=b"\xd9\xa5"), ["states no schema version"]),
        (with_metadata(scalebench_schema_version=b"0"), ["states no schema version"]),
        (with_metadata(scalebench_schema_version=b"2"), ["cp_ns should be missing and is int64"]),
    ],
)
def test_a_block_with_other_columns_is_refused_by_the_first_of_them(
    tmp_path: Path, change: Change, words: list[str]
) -> None:
    path = small_run(tmp_path).path
    change_table(path / BLOCK, change)
    refused(path, BLOCK, *words)


def test_columns_that_a_block_has_besides_are_not_read(tmp_path: Path) -> None:
    path = small_run(tmp_path).path
    before = len(read_all(path)[0]["arm"])
    change_table(path / BLOCK, lambda table: table.append_column("x", [["y"] * len(table)]))
    assert len(read_all(path)[0]["arm"]) == before


def test_more_columns_than_any_block_has_are_not_even_listed(tmp_path: Path) -> None:
    path = small_run(tmp_path).path
    metadata = pq.read_schema(path / BLOCK).metadata
    wide = pa.table({f"c{number}": [1] for number in range(1000)})
    pq.write_table(wide.replace_schema_metadata(metadata), path / BLOCK)
    assert "c1," not in refused(path, f"cannot read {path / BLOCK}", "restore it")


class _Pickled(pa.ExtensionType):  # type: ignore[misc]
    """A kind that versions of pyarrow before 14.0.1 unpickled."""

    def __init__(self) -> None:
        super().__init__(pa.int64(), "arrow.py_extension_type")

    def __arrow_ext_serialize__(self) -> bytes:
        return b"cos\nmkdir\n(S'executed'\ntR."

    @classmethod
    def __arrow_ext_deserialize__(cls, *_: object) -> "_Pickled":
        return cls()


def test_a_kind_that_carries_a_pickle_is_not_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = small_run(tmp_path).path
    before = read_all(path)[0]["c1_ns"]

    def change(table: pa.Table) -> pa.Table:
        stamps = table["c1_ns"].combine_chunks()
        return with_column("c1_ns", pa.ExtensionArray.from_storage(_Pickled(), stamps))(table)

    change_table(path / BLOCK, change)
    carried = base64.b64decode(pq.read_metadata(path / BLOCK).metadata[b"ARROW:schema"])
    assert b"executed" in carried
    assert (read_all(path)[0]["c1_ns"] == before).all()
    assert not (tmp_path / "executed").exists()
