"""A block's file keeps every value, in little room, and any reader of Parquet sees its columns."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records import BlockRecord, Sample
from bench.store.block_file import encode_block, read_block_table
from bench.store.schema import SCHEMA, TIME_COLUMNS, sample_table
from tests.measure.factory import make_sample

RECORD = BlockRecord(index=1, started_at="", wall_ns=5, restarts=())
STAMPS = st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=300)


def write(folder: Path, samples: list[Sample]) -> Path:
    path = folder / "block-001.parquet"
    path.write_bytes(encode_block(RECORD, samples))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blocks")


@given(STAMPS, st.sampled_from(TIME_COLUMNS))
def test_every_stamp_is_read_back_to_the_nanosecond(
    folder: Path, stamps: list[int | None], name: str
) -> None:
    samples = [make_sample(request, **{name: stamp}) for request, stamp in enumerate(stamps)]
    assert pq.read_table(write(folder, samples))[name].to_pylist() == stamps


def test_any_reader_sees_the_columns_of_the_schema(folder: Path) -> None:
    path = write(folder, [make_sample(1)])
    found = pq.read_schema(path)
    assert list(found) == list(SCHEMA)
    assert [field.metadata[b"unit"] for field in found] == [f.metadata[b"unit"] for f in SCHEMA]


def test_a_file_as_earlier_versions_encoded_it_reads_alike(folder: Path) -> None:
    samples = [make_sample(request, c1_ns=10**12 + 7 * request) for request in range(50)]
    path = write(folder, samples)
    now = read_block_table(path, SCHEMA.names)
    pq.write_table(sample_table(samples), path, compression="zstd")
    assert read_block_table(path, SCHEMA.names).equals(now)
    assert now.num_rows == 50
