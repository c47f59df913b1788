"""The reference on the page of the method: facts of the code, as strings ready to print.

It is made from the code itself, so that it cannot differ from what the code does.
"""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec.inspect import (
    BoolType,
    DictType,
    Field,
    IntType,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    VarTupleType,
    type_info,
)

from bench.config import BATCH_SIZES, BUDGETS, IN_FLIGHT, segment_lengths
from bench.errors import EXIT_CODES
from bench.host import validity
from bench.page.notices import NOTICES
from bench.plan import CONTROL_BATCH_SIZES
from bench.stats.estimate import (
    LEVEL,
    MIN_EFFECT_PERCENT,
    MIN_INTERVAL_BLOCKS,
    MIN_OVERHEAD_BLOCKS,
    MIN_VERDICT_BLOCKS,
)
from bench.stats.flags import OUTLIER_ERRORS
from bench.stats.overhead import ABOUT_PERCENT
from bench.stats.quantile import needed_size
from bench.stats.stopping import ADAPTIVE_QUANTILE
from bench.store.schema import SCHEMA
from bench.text import numbers
from bench.text.numbers import plain
from bench.units import PERCENT

Table = dict[str, Any]
_SEGMENT_COLUMNS = [
    *("Batch", "Local: warm-up", "Local: latency"),
    *("Remote: burst", "Remote: latency", "Remote: probes"),
]
_LARGEST_WRITTEN_OUT = 1_000_000


class WireFacts(NamedTuple):
    """Constants of the wire format, and the types of all messages."""

    magic: bytes
    version: int
    header_bytes_max: int
    item_bytes: Mapping[str, int]
    messages: Sequence[type[msgspec.Struct]]


def reference_data(wire: WireFacts) -> dict[str, Any]:
    """Return the reference, ready for JSON.

    Returns
    -------
    dict
        ``wire``, ``columns``, ``segments``, ``exit_codes`` and ``flags``: tables with ``id``,
        ``title``, ``note``, ``columns`` and ``rows`` of strings, whose first names the row.
        ``rules``: the fixed numbers of the method, by name.
    """
    messages = [type_info(message) for message in wire.messages]
    structs = [kind for kind in messages if isinstance(kind, StructType)]
    columns = ["Column", "Type", "Unit", "Meaning"]
    codes = [[str(code), _bare(words)] for code, words in EXIT_CODES.items()]
    flags = [[name, meaning] for name, meaning in NOTICES.items()]
    return {
        "wire": [_frame_table(wire, structs), *map(_message_table, structs)],
        "columns": [_table("columns", "Columns", columns, column_rows())],
        "segments": [_table("segments", "Segments", _SEGMENT_COLUMNS, _segment_rows())],
        "exit_codes": [_table("exit-codes", "Exit codes", ["Code", "Meaning"], codes)],
        "flags": [_table("flags", "Flags", ["Flag", "Meaning"], flags)],
        "rules": {
            **{name: plain(value) for name, value in _rules().items()},
            "control_batches": ", ".join(map(str, CONTROL_BATCH_SIZES)),
        },
    }


def column_rows() -> list[list[str]]:
    """Return name, type, unit and meaning of each column of a sample."""
    return [
        [
            field.name,
            str(field.type),
            field.metadata[b"unit"].decode(),
            field.metadata[b"meaning"].decode() + (", or null" if field.nullable else ""),
        ]
        for field in SCHEMA
    ]


def _segment_rows() -> list[list[str]]:
    """Return how many requests of each phase the segments of a batch size have."""
    rows = []
    for batch_size in BATCH_SIZES:
        lengths = segment_lengths(batch_size, smoke=False)
        local, remote = lengths.local, lengths.remote
        counts = (
            *(local.warmup_count, local.latency_count),
            *(remote.burst_count, remote.latency_count, remote.probe_count),
        )
        rows.append([str(batch_size), *map(str, counts)])
    return rows


def _rules() -> dict[str, float]:
    return {
        "level_percent": PERCENT * LEVEL,
        "adaptive_percent": PERCENT * ADAPTIVE_QUANTILE,
        "interval_blocks": MIN_INTERVAL_BLOCKS,
        "verdict_blocks": MIN_VERDICT_BLOCKS,
        "overhead_blocks": MIN_OVERHEAD_BLOCKS,
        "about_percent": ABOUT_PERCENT,
        "effect_percent": MIN_EFFECT_PERCENT,
        "delta_percent": PERCENT * (BUDGETS["full"].delta_fraction or 0.0),
        **{f"{name}_blocks": BUDGETS[name].max_blocks for name in ("quick", "standard", "full")},
        "in_flight": IN_FLIGHT,
        "outlier_errors": OUTLIER_ERRORS,
        **{f"needed_p{PERCENT * p:g}": needed_size(p) for p in (0.5, 0.95, 0.99)},
        "steal_percent": PERCENT * validity.MAX_STEAL_FRACTION,
        "foreign_cpus": validity.MAX_FOREIGN_CPUS,
        "named_processes": validity.MAX_NAMED,
        "pressure_percent": PERCENT * validity.MAX_PRESSURE_FRACTION,
        "spare_cpus": validity.MAX_SPARE_CPUS,
        "swapped_pages": validity.MAX_SWAPPED_PAGES,
        "retransmits_per_s": validity.MAX_RETRANSMITS_PER_S,
        "clock_rate_percent": PERCENT * validity.MAX_CLOCK_RATE,
    }


def _frame_table(wire: WireFacts, structs: Sequence[StructType]) -> Table:
    tag_field = structs[0].tag_field
    tensors = [str(s.tag) for s in structs if any(f.encode_name == "dtype" for f in s.fields)]
    dtypes = ", ".join(f"{name} ({size} bytes)" for name, size in wire.item_bytes.items())
    size_max = numbers.size(wire.header_bytes_max)
    rows = [
        ["0", str(len(wire.magic)), f"magic: {wire.magic.decode()} in ASCII"],
        ["0", "1", f"protocol version: {wire.version}"],
        [
            "0",
            f"the rest; the whole frame at most {size_max}",
            f"MessagePack map: one of the messages below, distinguished by its key {tag_field}",
        ],
        [
            "1",
            "as many as dtype and shape say",
            f"tensor, C order, little endian, after {' and '.join(tensors)} only; dtype: {dtypes}",
        ],
    ]
    return _table("frames", "Frames", ["Frame", "Bytes", "Meaning"], rows)


def _message_table(struct: StructType) -> Table:
    name = str(struct.tag)
    rows = [[field.encode_name, _field_words(field)] for field in struct.fields]
    table = _table(f"message-{name}", f"Message {name}", ["Field", "Type and limits"], rows)
    return {**table, "note": _bare(inspect.getdoc(struct.cls) or "")}


def _table(key: str, title: str, columns: list[str], rows: list[list[str]]) -> Table:
    return {"id": key, "title": title, "note": "", "columns": columns, "rows": rows}


def _field_words(field: Field) -> str:
    words = _type_words(field.type)
    if field.required or field.default is None:
        return words
    return f"{words}; {str(field.default).lower()} where it is absent"


def _type_words(kind: Type) -> str:
    """Return a type of a message's field, with its limits, in words."""
    match kind:
        case UnionType():
            words = " or ".join(map(_type_words, kind.types))
        case VarTupleType():
            words = f"list of {kind.min_length} to {kind.max_length}: {_type_words(kind.item_type)}"
        case DictType():
            words = "map of names to any values"
        case StructType():
            parts = (f"{field.encode_name} ({_field_words(field)})" for field in kind.fields)
            words = f"map: {', '.join(parts)}"
        case _:
            words = _scalar_words(kind)
    return words


def _scalar_words(kind: Type) -> str:
    match kind:
        case BoolType():
            words = "true or false"
        case NoneType():
            words = "nil"
        case IntType(ge=None):
            words = "integer"
        case IntType():
            words = f"integer from {_bound(kind.ge)} to {_bound(kind.le)}"
        case StrType():
            words = f"text of at most {kind.max_length:,} characters"
        case _:
            raise AssertionError(f"there are no words for {kind}")
    return words


def _bound(value: int | None) -> str:
    """Return a limit; a large power of two as such."""
    assert value is not None
    power = value.bit_length() - 1
    if value > _LARGEST_WRITTEN_OUT and value == 1 << power:
        return f"2^{power}"
    return f"{value:,}"


def _bare(text: str) -> str:
    """Return a docstring's words on one line, without its backquotes."""
    return " ".join(text.replace("`", "").split())
