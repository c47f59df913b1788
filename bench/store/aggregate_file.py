"""The Parquet file of an imported run: one row per configuration of the other study."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.errors import DataError
from bench.store.aggregates import (
    BATCH_SIZE,
    BENCHMARK,
    COUNTS,
    FLOPS,
    LATENCIES,
    THREADS,
    THROUGHPUT,
)
from bench.store.documents import damaged
from bench.store.folder import RunFolder, write_atomically
from bench.store.parquet import open_parquet, read_columns

AGGREGATES_FILE = "aggregates.parquet"
MAX_CELLS = 1_000_000
"""Of a table: rows times columns."""
MAX_WORD_LENGTH = 64
_VERSION_KEY, _VERSION = b"scalebench_aggregates_version", "1"
_REMEDY = "import the run again."
_CELL_BYTES, _COLUMN_BYTES = 8 + 4 * MAX_WORD_LENGTH, 64 * 1024
_MAX_COUNT = 999_999
_MEASURED = (*LATENCIES, THROUGHPUT)
_UNITS = {
    **dict.fromkeys(LATENCIES, ("ms", "of one request, over all iterations")),
    THROUGHPUT: ("images/s", "as the source has it"),
    FLOPS: ("GFLOP/s", "as the source has it; 0 is unknown"),
    BATCH_SIZE: ("images", "images in the batch"),
    THREADS: ("threads", "intra-op threads"),
}


def write_aggregates(folder: RunFolder, rows: pd.DataFrame) -> None:
    """Store all rows that were read; the same rows make the same bytes.

    Parameters
    ----------
    folder : RunFolder
        That of the imported run.
    rows : DataFrame
        Key columns, such as ``BENCHMARK`` and ``COUNTS``; ``LATENCIES`` [ms], ``THROUGHPUT``
        [images/s] and ``FLOPS`` [GFLOP/s].
    """
    fields = []
    for name in map(str, rows.columns):
        unit, meaning = _UNITS.get(name, ("", "key, as the source has it"))
        fields.append(pa.field(name, _kind(name), metadata={"unit": unit, "meaning": meaning}))
    schema = pa.schema(fields, metadata={_VERSION_KEY.decode(): _VERSION})
    table = pa.Table.from_pandas(rows, schema=schema, preserve_index=False)
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(schema.metadata), sink, compression="zstd")
    write_atomically(folder.path / AGGREGATES_FILE, sink.getvalue().to_pybytes())


def read_aggregates(folder: RunFolder) -> pd.DataFrame:
    """Return the rows of an imported run; columns as for :func:`write_aggregates`.

    Raises
    ------
    DataError
        If the file is missing, damaged, foreign or newer.
    """
    path = folder.path / AGGREGATES_FILE
    with open_parquet(path, _REMEDY) as file:
        schema, row_count = file.schema_arrow, file.metadata.num_rows
    version = (schema.metadata or {}).get(_VERSION_KEY, b"none").decode(errors="replace")
    names = schema.names
    if version != _VERSION or not {BENCHMARK, *COUNTS, *_MEASURED} <= set(names):
        raise DataError(
            f"{path} has version {version:.20}; this version reads {_VERSION}; {_REMEDY}"
        )
    for problem in _schema_problems(schema, row_count):
        raise damaged(str(path), problem, _REMEDY)
    words = [name for name in names if _kind(name) == pa.string()]
    with open_parquet(path, _REMEDY, words) as file:
        max_bytes = len(names) * (_COLUMN_BYTES + _CELL_BYTES * row_count)
        table = read_columns(file, path, names, max_bytes)
        for problem in _value_problems(table):
            raise damaged(str(path), problem, _REMEDY)
        rows: pd.DataFrame = table.cast(pa.schema([(n, _kind(n)) for n in names])).to_pandas()
    return rows


def _kind(name: str) -> pa.DataType:
    if name in COUNTS:
        return pa.int32()
    return pa.float64() if name in (*_MEASURED, FLOPS) else pa.string()


def _schema_problems(schema: pa.Schema, row_count: int) -> Iterator[str]:
    if row_count * len(schema) > MAX_CELLS:
        yield f"it states {row_count} rows of {len(schema)} columns"
    if len(set(schema.names)) < len(schema):
        yield "a column is there twice"
    for field in schema:
        if field.type != _kind(field.name):
            yield f"its column {field.name} should be {_kind(field.name)} and is {field.type}"


def _value_problems(table: pa.Table) -> Iterator[str]:
    for name in table.column_names:
        column = table[name].combine_chunks()
        if _kind(name) == pa.float64():
            values = column.to_numpy(zero_copy_only=False)
            known = values[~np.isnan(values)]
            least = 0.0 if name == FLOPS else np.nextafter(0, 1)
            if not (np.isfinite(known) & (known >= least)).all():
                yield f"a value of {name} is not finite and above 0"
        elif column.null_count:
            yield f"a row has no {name}"
        elif name in COUNTS:
            counts = column.to_numpy()
            if not ((counts >= 1) & (counts <= _MAX_COUNT)).all():
                yield f"a value of {name} is not from 1 to {_MAX_COUNT}"
        elif len(column) and pc.max(pc.utf8_length(column.dictionary)).as_py() > MAX_WORD_LENGTH:
            yield f"a word of {name} has more than {MAX_WORD_LENGTH} letters"
