"""Attack: rows of the right number that are not those of the block's schedule."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from bench.store.schema import SCHEMA
from tests.store.hostile import BLOCK, change_table, read_all, refused, small_run, with_column


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("block", 2),
        ("threads", -1),
        ("threads", 64),
        ("batch_size", 3),
        ("arm", "local"),
        ("phase", "warmup"),
        ("in_flight_count", 0),
    ],
)
def test_rows_that_were_not_planned_are_refused_by_their_column(
    tmp_path: Path, name: str, value: Any
) -> None:
    path = small_run(tmp_path).path
    change_table(
        path / BLOCK,
        lambda table: with_column(name, pa.array([value] * len(table), SCHEMA.field(name).type))(
            table
        ),
    )
    refused(path, BLOCK, f"{name} is not what its schedule plans", "restore it")


def test_rows_in_another_order_than_planned_are_refused(tmp_path: Path) -> None:
    path = small_run(tmp_path).path
    change_table(path / BLOCK, lambda table: table.take(np.arange(len(table))[::-1]))
    refused(path, BLOCK, "is not what its schedule plans")


@pytest.mark.parametrize("name", ["block", "batch_size", "in_flight_count", "payload_bytes"])
def test_a_row_without_a_value_that_each_row_has_is_refused(tmp_path: Path, name: str) -> None:
    path = small_run(tmp_path).path
    kind = SCHEMA.field(name).type
    change_table(path / BLOCK, lambda table: with_column(name, pa.nulls(len(table), kind))(table))
    refused(path, BLOCK, f"a row has no {name}")


@pytest.mark.parametrize("change", [lambda t: t.slice(1), lambda t: pa.concat_tables([t, t])])
def test_other_numbers_of_rows_are_refused_by_both_numbers(tmp_path: Path, change: Any) -> None:
    path = small_run(tmp_path).path
    planned = len(read_all(path)[0]["arm"])
    change_table(path / BLOCK, change)
    refused(path, BLOCK, f"and its schedule makes {planned}")


def test_a_block_under_the_name_of_another_is_refused(tmp_path: Path) -> None:
    from tests.store.factory import make_run

    path = make_run(tmp_path / "run", 2, batch_sizes=(1,)).path
    (path / BLOCK).write_bytes((path / "block-002.parquet").read_bytes())
    refused(path, BLOCK, "it has the record of block 2")
