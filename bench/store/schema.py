"""The columns of a sample, one row a request, with their units as metadata."""

from collections.abc import Iterable

import msgspec
import pyarrow as pa

from bench.records import Arm, Outcome, Phase, Sample

SCHEMA_VERSION = 3
MEASURING_VERSION = 1
"""Raised when a request is timed otherwise: a run is continued by the same version only."""
PAGE_VERSION = 1
"""Raised when a page reads otherwise: ``report`` writes the pages of older versions anew."""
COLUMNS_SINCE = {"cpu_ns": 2}
"""The schema version that added a column; the column is null where an older one is read."""

_CLIENT = {
    "c0_ns": "intended start",
    "c1_ns": "before encoding",
    "c2_ns": "before send",
    "c3_ns": "send returned",
    "c4_ns": "reply received",
    "c5_ns": "logits decoded and checked",
}
_WORKER = {
    "w1_ns": "request received",
    "w2_ns": "taken by the compute thread",
    "w3_ns": "compute starts",
    "w4_ns": "compute ended",
    "w5_ns": "before send",
}


def _field(
    name: str, kind: pa.DataType, unit: str, meaning: str, *, null: bool = False
) -> pa.Field:
    return pa.field(name, kind, nullable=null, metadata={"unit": unit, "meaning": meaning})


_WORD = pa.string()
SCHEMA = pa.schema(
    [
        _field("block", pa.int32(), "", "block, from 1"),
        _field("threads", pa.int32(), "threads", "intra-op threads"),
        _field("batch_size", pa.int32(), "images", "images in the batch"),
        _field("arm", _WORD, "", "local, remote, local2 or idle"),
        _field("phase", _WORD, "", "warmup, latency, burst or probe"),
        _field("in_flight_count", pa.int32(), "requests", "requests outstanding"),
        _field("request", pa.int32(), "", "number within the segment, from 0"),
        _field("batch", pa.int32(), "", "which batch of the pool"),
        _field("outcome", _WORD, "", "ok, timed_out or failed"),
        *(_field(n, pa.int64(), "ns", f"client: {m}", null=True) for n, m in _CLIENT.items()),
        *(
            _field(n, pa.int64(), "ns", f"computing process: {m}", null=True)
            for n, m in _WORKER.items()
        ),
        _field("minor_faults_count", pa.int64(), "faults", "of the computing process", null=True),
        _field("cpu_ns", pa.int64(), "ns", "CPU time of its threads while it computed", null=True),
        _field("payload_bytes", pa.int64(), "bytes", "the batch"),
        _field("wire_bytes", pa.int64(), "bytes", "all frames of the request; 0 if local"),
        _field("error", _WORD, "", "why it failed", null=True),
    ],
    metadata={"scalebench_schema_version": str(SCHEMA_VERSION)},
)
WORD_COLUMNS = {
    name: [word.value for word in words]
    for name, words in (("arm", Arm), ("phase", Phase), ("outcome", Outcome))
}
"""Columns that hold one of a few words, and which; they are read as a dictionary and indices."""


def sample_table(samples: Iterable[Sample]) -> pa.Table:
    """Return samples as rows of the schema; words as their values."""
    return pa.Table.from_pylist(msgspec.to_builtins(list(samples)), schema=SCHEMA)
