"""The columns are the fields of a sample, with their units and meanings."""

from typing import Annotated

import msgspec
import pyarrow as pa
import pytest

from bench.records import Outcome, Phase, Sample, column
from bench.store.schema import (
    COLUMNS_SINCE,
    SCHEMA,
    SCHEMA_VERSION,
    WORD_COLUMNS,
    make_schema,
    sample_table,
)
from tests.measure.factory import make_sample


class _Wider(Sample, frozen=True, kw_only=True):
    """A sample with a column more."""

    cx_ns: Annotated[int | None, column("client: another step ended", "ns")] = None


class _Unsaid(Sample, frozen=True, kw_only=True):
    """A sample with a field that has neither unit nor meaning."""

    cx_ns: int | None = None


class _Fraction(Sample, frozen=True, kw_only=True):
    """A sample with a column of a kind that is not stored."""

    busy_fraction: Annotated[float, column("of the cores", "")] = 0.0


def test_the_columns_are_the_fields_in_their_order() -> None:
    assert SCHEMA.names == list(Sample.__struct_fields__)


def test_a_field_with_unit_and_meaning_is_a_column() -> None:
    wider = make_schema(_Wider)
    assert list(wider)[:-1] == list(SCHEMA)
    metadata = {"unit": "ns", "meaning": "client: another step ended"}
    added = pa.field("cx_ns", pa.int64(), nullable=True, metadata=metadata)
    assert wider.field("cx_ns").equals(added, check_metadata=True)


def test_a_field_without_unit_and_meaning_is_refused_by_name() -> None:
    with pytest.raises(AssertionError, match="column cx_ns has no annotation"):
        make_schema(_Unsaid)


def test_a_kind_that_no_column_has_is_refused() -> None:
    with pytest.raises(AssertionError, match="FloatType"):
        make_schema(_Fraction)


@pytest.mark.parametrize(
    ("name", "kind", "nullable", "unit", "meaning"),
    [
        ("block", pa.int32(), False, "", "block, from 1"),
        ("phase", pa.string(), False, "", "warmup, latency, burst or probe"),
        ("c4_ns", pa.int64(), True, "ns", "client: reply received"),
        ("w5_ns", pa.int64(), True, "ns", "computing process: before send"),
        (
            "payload_bytes",
            pa.int64(),
            False,
            "bytes",
            "the batch: as sent, or as a local arm gets it",
        ),
        ("error", pa.string(), True, "", "why it failed"),
    ],
)
def test_a_column_has_the_type_and_the_words_of_its_field(
    name: str, kind: pa.DataType, *, nullable: bool, unit: str, meaning: str
) -> None:
    field = SCHEMA.field(name)
    assert (field.type, field.nullable) == (kind, nullable)
    assert field.metadata == {b"unit": unit.encode(), b"meaning": meaning.encode()}


def test_a_column_of_words_names_each_of_them() -> None:
    assert WORD_COLUMNS.keys() == {"arm", "phase", "outcome"}
    for name, words in WORD_COLUMNS.items():
        meaning = SCHEMA.field(name).metadata[b"meaning"].decode()
        assert meaning == f"{', '.join(words[:-1])} or {words[-1]}"


def test_a_row_is_its_sample() -> None:
    stamps = {f"c{number}_ns": 10 + number for number in range(6)}
    stamps |= {f"w{number}_ns": 20 + number for number in range(1, 6)}
    rest = {"minor_faults_count": 1, "cpu_ns": 2, "payload_bytes": 3, "wire_bytes": 4}
    sample = make_sample(
        7, phase=Phase.BURST, outcome=Outcome.FAILED, error="late", **stamps, **rest
    )
    table = sample_table(iter([sample, make_sample(8)]))
    assert table.schema.equals(SCHEMA, check_metadata=True)
    first, second = table.to_pylist()
    assert first == msgspec.structs.asdict(sample)
    assert [first["arm"], first["phase"], first["outcome"]] == ["remote", "burst", "failed"]
    assert second["c5_ns"] is second["error"] is None


def test_every_later_column_may_be_null_and_names_a_version_that_there_is() -> None:
    assert all(SCHEMA.field(name).nullable for name in COLUMNS_SINCE)
    assert all(1 < version <= SCHEMA_VERSION for version in COLUMNS_SINCE.values())
