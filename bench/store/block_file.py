"""The Parquet file of a block: one row per request, and the record of the block as metadata."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from bench.errors import DataError
from bench.records import BlockRecord, Sample
from bench.store.schema import (
    COLUMNS_SINCE,
    SCHEMA,
    SCHEMA_VERSION,
    TIME_COLUMNS,
    WORD_COLUMNS,
    sample_table,
)

T = TypeVar("T")
_RECORD_KEY = b"scalebench_block"
# A dictionary of values that are all different takes more room than the values.
_ENCODING = {
    "compression": "zstd",
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


def read_block_table(path: Path, columns: Sequence[str]) -> pa.Table:
    """Return some columns of a block; words as dictionaries, and nulls for what came later.

    Raises
    ------
    DataError
        If the file is damaged, foreign or newer.
    """
    return _read_parquet(path, lambda path: _read_columns(path, columns))


def read_block_record(path: Path) -> BlockRecord:
    """Return the record of a block, without reading its rows.

    Raises
    ------
    DataError
        If the file is damaged, foreign or newer.
    """
    schema = _read_parquet(path, pq.read_schema)
    _check_schema(schema, path)
    try:
        return msgspec.json.decode(schema.metadata.get(_RECORD_KEY, b""), type=BlockRecord)
    except msgspec.DecodeError as error:
        raise DataError(
            f"{path} is damaged or foreign: it has no record of its block ({error}); restore "
            "it, or remove it to measure it again."
        ) from error


def _read_parquet(path: Path, read: Callable[[Path], T]) -> T:
    try:
        return read(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"cannot read {path}: {error}; restore it, or remove it to measure it again."
        ) from error


def _read_columns(path: Path, columns: Sequence[str]) -> pa.Table:
    """Return columns of a block; one that came after its version is null."""
    metadata = pq.read_metadata(path)
    later = _check_schema(metadata.schema.to_arrow_schema(), path)
    with pq.ParquetFile(path, metadata=metadata, read_dictionary=list(WORD_COLUMNS)) as file:
        # One block is too small for threads to make it faster.
        table = file.read([name for name in columns if name not in later], use_threads=False)
    for name in later:
        field = SCHEMA.field(name)
        table = table.append_column(field, pa.nulls(len(table), field.type))
    return table.select(columns)


def _check_schema(schema: pa.Schema, path: Path) -> list[str]:
    """Refuse a schema that this version cannot read; return the columns that came after it."""
    version = (schema.metadata or {}).get(b"scalebench_schema_version", b"").decode()
    if not version.isdecimal():
        raise DataError(f"{path} is not a file of scalebench: it states no schema version.")
    if int(version) > SCHEMA_VERSION:
        raise DataError(
            f"{path} has schema version {version}; this version reads up to {SCHEMA_VERSION}: "
            "update scalebench."
        )
    missing = [name for name in SCHEMA.names if name not in schema.names]
    if missing != [name for name in SCHEMA.names if COLUMNS_SINCE.get(name, 1) > int(version)]:
        raise DataError(
            f"{path} is damaged or foreign: it should have the columns of schema version {version} "
            f"and has {', '.join(schema.names)}."
        )
    for field in SCHEMA:
        if field.name not in missing and field.type != schema.field(field.name).type:
            raise DataError(
                f"{path} is damaged or foreign: its column {field.name} should be {field.type} and "
                f"is {schema.field(field.name).type}; restore it, or remove it to measure it again."
            )
    return missing
