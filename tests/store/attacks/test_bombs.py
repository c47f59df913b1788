"""Attack: small files that state, or expand to, far more than their block has."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.errors import DataError
from bench.store import parquet
from bench.store.block_file import read_block_table
from bench.store.pages import page_sizes
from bench.store.schema import SCHEMA
from tests.store.hostile import BLOCK, change_table, read_all, refused, small_run, with_column

MIB = 1024**2


def write_bomb(path: Path, **options: Any) -> None:
    """Let one word of a block be 64 MiB long, which zstd stores in a few KiB."""

    def change(table: pa.Table) -> pa.Table:
        words = ["a" * (64 * MIB), *table["arm"].to_pylist()[1:]]
        return with_column("arm", pa.array(words))(table)

    change_table(path, change, compression="zstd", **options)
    assert path.stat().st_size < MIB


def varint(number: int, length: int) -> bytes:
    """Return a number as Thrift stores it, in so many bytes, even if fewer were enough."""
    zigzag = 2 * number
    groups = [zigzag >> 7 * place & 0x7F for place in range(length)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


@pytest.mark.parametrize("dictionary", [True, False])
def test_a_word_that_expands_to_more_than_its_block_is_not_decompressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, dictionary: bool
) -> None:
    path = small_run(tmp_path).path
    write_bomb(path / BLOCK, use_dictionary=dictionary)
    monkeypatch.setattr(pq.ParquetFile, "read", None)
    refused(path, BLOCK, "its pages expand to more", "arm", "restore it")


def test_a_footer_that_states_less_than_its_pages_expand_to_is_not_believed(
    tmp_path: Path,
) -> None:
    path = small_run(tmp_path).path
    write_bomb(path / BLOCK, use_dictionary=False)
    content = (path / BLOCK).read_bytes()
    metadata = pq.read_metadata(path / BLOCK)
    at = SCHEMA.get_field_index("arm")
    stated = varint(metadata.row_group(0).column(at).total_uncompressed_size, 4)
    assert content.count(stated) == 1
    (path / BLOCK).write_bytes(content.replace(stated, varint(100, 4)))
    forged = pq.read_metadata(path / BLOCK).row_group(0).column(at)
    assert forged.total_uncompressed_size == 100
    refused(path, BLOCK, "its pages expand to more", "arm")


def test_a_page_that_states_more_values_than_there_are_rows_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_run(tmp_path).path
    content = (path / BLOCK).read_bytes()
    at = SCHEMA.get_field_index("threads")
    column = pq.read_metadata(path / BLOCK).row_group(0).column(at)
    begin, stated = column.data_page_offset, varint(column.num_values, 2)
    header = content[begin : begin + 30]
    assert header.count(stated) == 1
    forged = header.replace(stated, varint(8191, 2))
    (path / BLOCK).write_bytes(content.replace(header, forged))
    monkeypatch.setattr(pq.ParquetFile, "read", None)
    refused(path, BLOCK, "its pages expand to more", "threads")


def test_more_rows_than_were_planned_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_run(tmp_path).path
    planned = len(read_all(path)[0]["arm"])
    change_table(
        path / BLOCK, lambda table: table.take(np.zeros(2_000_000, np.int64)), compression="zstd"
    )
    assert (path / BLOCK).stat().st_size < MIB
    monkeypatch.setattr(pq.ParquetFile, "read", None)
    refused(path, BLOCK, "it has 2000000 rows", f"its schedule makes {planned}")
    with pytest.raises(DataError, match=f"2000000 rows, and may have {parquet.MAX_ROWS}"):
        read_block_table(path / BLOCK, SCHEMA.names)


def test_a_footer_longer_than_any_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small_run(tmp_path).path
    content = (path / BLOCK).read_bytes()
    length = parquet.MAX_FOOTER_BYTES + 1
    (path / BLOCK).write_bytes(content + bytes(length) + length.to_bytes(4, "little") + b"PAR1")
    monkeypatch.setattr(pq, "ParquetFile", None)
    refused(path, BLOCK, f"its footer has {length} bytes")


def column_of(values: list[Any], **options: Any) -> bytes:
    """Return the pages of a column as pyarrow writes them."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"x": values}), sink, compression="zstd", **options)
    content: bytes = sink.getvalue().to_pybytes()
    column = pq.read_metadata(pa.BufferReader(content)).row_group(0).column(0)
    begin = column.dictionary_page_offset or column.data_page_offset
    return content[begin : begin + column.total_compressed_size]


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_the_header_of_every_page_states_its_values_and_its_size(
    version: str, *, dictionary: bool
) -> None:
    values = [f"word {number % 100:04d}" for number in range(10_000)]
    options = {"data_page_version": version, "use_dictionary": dictionary, "data_page_size": 4096}
    pages = list(page_sizes(column_of(values, **options)))
    first = pages.pop(0) if dictionary else None
    assert first is None or first == (100 * (4 + 9), 100)
    assert sum(page.values_count for page in pages) == len(values)
    expanded = sum(page.bytes_count for page in pages)
    assert dictionary or expanded >= len(values) * (4 + 9)
    assert len(pages) > 1


def test_headers_that_are_cut_or_changed_give_sizes_or_one_kind_of_error() -> None:
    column, rng = column_of(list(range(1000))), np.random.default_rng(1)
    whole, refusals = list(page_sizes(column)), 0
    cut = (column[:length] for length in range(len(column)))
    changed = (
        column[:at] + rng.bytes(1) + column[at + 1 :] for at in rng.integers(len(column), size=500)
    )
    for content in (*cut, *changed):
        try:
            pages = list(page_sizes(content))
        except ValueError:
            refusals += 1
            continue
        assert len(pages) <= len(whole)
        assert all(page.bytes_count >= 0 for page in pages)
    assert refusals > len(column) // 2


def test_a_header_that_is_nested_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        list(page_sizes(bytes([0x1C]) * 100_000))
