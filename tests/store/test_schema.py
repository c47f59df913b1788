"""The columns are the fields of a sample."""

import msgspec

from bench.records import Outcome, Phase, Sample
from bench.store.schema import COLUMNS_SINCE, SCHEMA, SCHEMA_VERSION, sample_table
from tests.measure.factory import make_sample


def test_the_columns_are_the_fields_in_their_order() -> None:
    assert SCHEMA.names == list(Sample.__struct_fields__)


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
