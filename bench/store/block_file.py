"""The Parquet file of a block: one row per request, and the record of the block as metadata."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from bench.errors import DataError
from bench.records import BlockRecord, Sample
from bench.store.documents import MEASURE_AGAIN, damaged, decode_document
from bench.store.parquet import open_parquet, read_columns
from bench.store.schema import (
    COLUMNS_SINCE,
    SCHEMA,
    SCHEMA_VERSION,
    TIME_COLUMNS,
    WORD_COLUMNS,
    sample_table,
)

_VERSION = re.compile(rb"[1-9][0-9]{0,8}")
_COLUMN_BYTES, _VALUE_BYTES = 64 * 1024, 16
"""What a column takes at most before it is compressed, and what each of its values adds."""
_RECORD_KEY = b"scalebench_block"
# A dictionary of values that are all different takes more room than the values.
_ENCODING = {
    "compression": "zstd",
    "write_page_checksum": True,
    "use_dictionary": [name for name in SCHEMA.names if name not in TIME_COLUMNS],
    "column_encoding": dict.fromkeys(TIME_COLUMNS, "DELTA_BINARY_PACKED"),
}


def encode_block(record: BlockRecord, samples: Iterable[Sample]) -> bytes:
    """Return the content of a complete block's file."""
    table = sample_table(samples)
    metadata = {**(table.schema.metadata or {}), _RECORD_KEY: msgspec.json.encode(record)}
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(metadata), sink, **_ENCODING)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read_block_table(path: Path, columns: Sequence[str], rows: int | None = None) -> pa.Table:
    """Return some columns of a block; words as dictionaries, and nulls for what came later.

    Parameters
    ----------
    path : Path
        The file.
    columns : sequence of str
        Columns of :mod:`bench.store.schema`.
    rows : int, optional
        How many rows it must have.

    Raises
    ------
    DataError
        If the file is damaged, foreign or newer, or has other rows.
    """
    with open_parquet(path, MEASURE_AGAIN, list(WORD_COLUMNS)) as file:
        metadata = file.metadata
        later = _check_schema(metadata.schema.to_arrow_schema(), path)
        if rows is not None and metadata.num_rows != rows:
            problem = f"it has {metadata.num_rows} rows, and its schedule makes {rows}"
            raise damaged(str(path), problem, MEASURE_AGAIN)
        names = [name for name in columns if name not in later]
        max_bytes = len(names) * (_COLUMN_BYTES + _VALUE_BYTES * metadata.num_rows)
        table = read_columns(file, path, names, max_bytes)
    for name in later:
        field = SCHEMA.field(name)
        table = table.append_column(field, pa.nulls(len(table), field.type))
    return table.select(columns)


def read_block_record(path: Path) -> BlockRecord:
    """Return the record of a block, without reading its rows.

    Raises
    ------
    DataError
        If the file is damaged, foreign or newer.
    """
    with open_parquet(path, MEASURE_AGAIN) as file:
        schema = file.schema_arrow
        _check_schema(schema, path)
        content = schema.metadata.get(_RECORD_KEY, b"")
    return decode_document(content, BlockRecord, f"{path}, the record of its block,", MEASURE_AGAIN)


def _check_schema(schema: pa.Schema, path: Path) -> list[str]:
    """Refuse a schema that this version cannot read; return the columns that came after it."""
    version = (schema.metadata or {}).get(b"scalebench_schema_version", b"")
    if not _VERSION.fullmatch(version):
        raise DataError(f"{path} is not a file of scalebench: it states no schema version.")
    if int(version) > SCHEMA_VERSION:
        raise DataError(
            f"{path} has schema version {int(version)}; this version reads up to {SCHEMA_VERSION}: "
            "update scalebench."
        )
    later = [name for name in SCHEMA.names if COLUMNS_SINCE.get(name, 1) > int(version)]
    for field in SCHEMA:
        kinds = [schema.field(place).type for place in schema.get_all_field_indices(field.name)]
        if kinds != [field.type] * (field.name not in later):
            found = " and ".join(map(str, kinds)) or "missing"
            expected = "missing" if field.name in later else field.type
            problem = f"its column {field.name} should be {expected} and is {found}"
            raise damaged(str(path), problem, MEASURE_AGAIN)
    return later
