"""Parquet files that may be damaged or hostile: what they take is bounded before they are read."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from bench.errors import DataError
from bench.store.documents import brief
from bench.store.pages import page_sizes

MAX_ROWS = 1_000_000
"""Of a file."""
MAX_FOOTER_BYTES = 16 * 1024**2
_MAX_ITEMS = 256
"""Of a list in a footer: columns, row groups, metadata."""
_FOOTER_END_BYTES = 8
_PAGES = "its pages expand to more than its rows can take"


@contextmanager
def open_parquet(
    path: Path, remedy: str, dictionaries: Sequence[str] = ()
) -> Iterator[pq.ParquetFile]:
    """Open a file whose footer is small; whatever fails while it is open is a DataError.

    Parameters
    ----------
    path : Path
        The file.
    remedy : str
        What to do where it cannot be read, for messages.
    dictionaries : sequence of str
        Columns of text to be read as a dictionary and indices: a long text is then there once.

    Raises
    ------
    DataError
        If the file is missing or damaged.
    """
    try:
        _check_footer(path)
        with pq.ParquetFile(
            path,
            read_dictionary=list(dictionaries),
            thrift_string_size_limit=MAX_FOOTER_BYTES,
            thrift_container_size_limit=_MAX_ITEMS,
            page_checksum_verification=True,
        ) as file:
            yield file
    except (OSError, ValueError, MemoryError, pa.ArrowException) as error:
        raise DataError(f"cannot read {path}: {brief(error)}; {remedy}") from error


def read_columns(
    file: pq.ParquetFile, path: Path, names: Sequence[str], max_bytes: int
) -> pa.Table:
    """Return columns of an open file, after a check of what their pages expand to.

    Parameters
    ----------
    file : ParquetFile
        From :func:`open_parquet`; within it, whatever is raised here is a DataError.
    path : Path
        Where it is.
    names : sequence of str
        Which columns; each is in the file once.
    max_bytes : int
        Of all pages of these columns together; it bounds the memory that reading takes.

    Raises
    ------
    ValueError
        If there are too many rows, or the pages expand to more.
    """
    metadata = file.metadata
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    if metadata.num_rows > MAX_ROWS or not all(group.num_rows >= 0 for group in groups):
        raise ValueError(f"it states {metadata.num_rows} rows, and may have {MAX_ROWS}")
    if sum(group.num_rows for group in groups) != metadata.num_rows:
        raise ValueError("its row groups have other rows than its footer states")
    chunks = [
        (group.num_rows, column)
        for group in groups
        for column in map(group.column, range(group.num_columns))
        if column.path_in_schema in names
    ]
    with path.open("rb") as stream:
        left_bytes = max_bytes
        for rows, column in chunks:
            left_bytes -= _expanded_bytes(stream, column, rows, left_bytes)
    # One block is too small for threads to make it faster.
    return file.read(list(names), use_threads=False)


def _expanded_bytes(
    stream: BinaryIO, column: pq.ColumnChunkMetaData, rows: int, max_bytes: int
) -> int:
    """Return what the pages of a column in a row group expand to; refuse more than a limit."""
    if column.num_values == 0:  # then it may have no pages
        return 0
    stored_bytes = column.total_compressed_size
    begin = column.data_page_offset
    if column.has_dictionary_page and 0 < column.dictionary_page_offset < begin:
        begin = column.dictionary_page_offset
    # What is compressed may be a little longer than what it expands to.
    if begin < 0 or not 0 <= stored_bytes <= 2 * max_bytes:
        raise ValueError(f"{_PAGES}: {column.path_in_schema} has {stored_bytes} bytes")
    stream.seek(begin)
    expanded_bytes = 0
    for page in page_sizes(stream.read(stored_bytes)):
        expanded_bytes += page.bytes_count
        if expanded_bytes > max_bytes or page.values_count > rows:
            raise ValueError(f"{_PAGES}: {column.path_in_schema}")
    return expanded_bytes


def _check_footer(path: Path) -> None:
    """Refuse a footer that would take long to read; the file ends with its length."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _FOOTER_END_BYTES))
        length = int.from_bytes(file.read(_FOOTER_END_BYTES // 2), "little")
    if MAX_FOOTER_BYTES < length <= size:
        raise ValueError(f"its footer has {length} bytes, and may have {MAX_FOOTER_BYTES}")
