"""The columns of a sample, one row per request, derived from the fields of ``Sample``."""

from collections.abc import Iterable
from typing import cast

import msgspec
import pyarrow as pa
from msgspec.inspect import (
    EnumType,
    Field,
    IntType,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    type_info,
)

from bench.records import Int32, Sample

SCHEMA_VERSION = 8
MEASURING_VERSION = 5
"""Raised when a request is timed otherwise: a run is continued by the same version only."""
PAGE_VERSION = 10
"""Raised when a page reads otherwise: ``report`` writes the pages of older versions anew."""
COLUMNS_SINCE = {
    "cpu_ns": 2,
    **dict.fromkeys(("cp_ns", "wp_ns", "wh_ns", "wd_ns", "client", "worker"), 5),
    "wb_ns": 8,
}
"""The schema version that added a column; the column is null where an older one is read."""


def make_schema(row: type[msgspec.Struct]) -> pa.Schema:
    """Return the columns of a struct whose fields are annotated with ``records.column``.

    Parameters
    ----------
    row : type
        :class:`bench.records.Sample`, or a struct that adds fields to it.

    Returns
    -------
    Schema
        One column for each field, in the same order, with ``unit`` and ``meaning`` as metadata.
        A column may be null where its field may be None.
    """
    return pa.schema(
        [_arrow_field(field) for field in _fields(row)],
        metadata={"scalebench_schema_version": str(SCHEMA_VERSION)},
    )


def _fields(row: type[msgspec.Struct]) -> Iterable[Field]:
    return cast("StructType", type_info(row)).fields


def _arrow_field(field: Field) -> pa.Field:
    match field.type:
        case Metadata(
            type=values, extra_json_schema={"description": meaning}, extra={"unit": unit}
        ):
            metadata = {"unit": unit, "meaning": meaning}
        case _:
            raise AssertionError(f"column {field.name} has no annotation of unit and meaning")
    match values:
        case UnionType(types=(present, NoneType())):
            return pa.field(field.name, _arrow_type(present), nullable=True, metadata=metadata)
        case _:
            return pa.field(field.name, _arrow_type(values), nullable=False, metadata=metadata)


def _arrow_type(values: Type) -> pa.DataType:
    match values:
        case IntType():
            return pa.int32() if values == type_info(Int32) else pa.int64()
        case EnumType() | StrType():
            return pa.string()
        case _:
            raise AssertionError(f"no column stores {values}")


def _word_columns(row: type[msgspec.Struct]) -> dict[str, list[str]]:
    return {
        field.name: [word.value for word in field.type.type.cls]
        for field in _fields(row)
        if isinstance(field.type, Metadata) and isinstance(field.type.type, EnumType)
    }


SCHEMA = make_schema(Sample)
WORD_COLUMNS = _word_columns(Sample)
"""Columns that hold one of a few words, and which; they are read as a dictionary and indices."""
TIME_COLUMNS = [field.name for field in SCHEMA if field.metadata[b"unit"] == b"ns"]
"""Stamps and durations: hardly two values are alike, but neighbours are close to each other."""


def sample_table(samples: Iterable[Sample]) -> pa.Table:
    """Return samples as rows of the schema; words as their values."""
    return pa.Table.from_pylist(msgspec.to_builtins(list(samples)), schema=SCHEMA)
