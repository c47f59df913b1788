"""Runs of which one file is damaged or hostile, and what a refusal of it must be."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.errors import DataError
from bench.store.folder import RunFolder
from bench.store.run import load_run
from tests.store.factory import make_run

BLOCK = "block-001.parquet"
LONGEST_REASON = 400


def small_run(folder: Path) -> RunFolder:
    """Return a run of one block with some hundred rows."""
    return make_run(folder / "run", 1, batch_sizes=(1, 2))


def read_all(path: Path) -> list[dict[str, Any]]:
    """Read a run as every command does: its documents, its records and its rows."""
    return list(load_run(path).blocks())


def refused(path: Path, *words: str) -> str:
    """Check that a run is refused in one short line that names ``words``, and return it."""
    with pytest.raises(DataError) as refusal:
        read_all(path)
    message = str(refusal.value)
    reason = message.replace(str(path), "")
    assert message.isprintable(), message
    assert len(reason) < LONGEST_REASON, reason
    assert [word for word in words if word not in message] == [], message
    return message


def change_table(path: Path, change: Callable[[pa.Table], pa.Table], **options: Any) -> None:
    """Replace a Parquet file by a valid one with another table."""
    pq.write_table(change(pq.read_table(path)), path, **options)


def with_column(name: str, values: Any) -> Callable[[pa.Table], pa.Table]:
    """Return a change that gives every row of a column this value, or a column these values."""

    def change(table: pa.Table) -> pa.Table:
        column = values if isinstance(values, pa.Array) else pa.array([values] * len(table))
        return table.set_column(table.schema.get_field_index(name), name, [column])

    return change


def with_metadata(**values: bytes) -> Callable[[pa.Table], pa.Table]:
    """Return a change of the metadata of a table."""

    def change(table: pa.Table) -> pa.Table:
        added = {name.encode(): value for name, value in values.items()}
        return table.replace_schema_metadata({**table.schema.metadata, **added})

    return change
