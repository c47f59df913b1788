"""A worker whose clock runs at another rate: its block does not count, the others stay readable."""

from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.errors import DataError
from bench.records import BlockRecord
from bench.stats.results import summarise
from bench.store.folder import RunFolder
from bench.store.run import load_run
from tests.restarts import make_restart
from tests.store.factory import make_run

RATE = 1.9  # so that a stay is longer than its round trip
_KEY = b"scalebench_block"


def slew(folder: RunFolder, index: int, *, told: bool) -> None:
    """Let the worker's clock of a block run faster, and its record tell so or not."""
    path = folder.block_path(index)
    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    for name in ("w2_ns", "w3_ns", "w4_ns", "w5_ns"):
        begun, then = (table[n].to_pylist() for n in ("w1_ns", name))
        local = [a is None or b is None for a, b in zip(begun, then, strict=True)]
        values = [
            b if skip else round(a + RATE * (b - a))
            for a, b, skip in zip(begun, then, local, strict=True)
        ]
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), pa.array(values, pa.int64()))
    if told:
        clocks = {"clock_ns": 0}, {"clock_ns": 10**10}
        restart = make_restart(
            wall_ns=10**10,
            client_before=clocks[0],
            client_after=clocks[1],
            worker_before=clocks[0],
            worker_after={"clock_ns": round(RATE * 10**10)},
        )
        record = msgspec.json.decode(metadata[_KEY], type=BlockRecord)
        changed = msgspec.structs.replace(record, restarts=(restart,))
        metadata[_KEY] = msgspec.json.encode(changed)
    pq.write_table(table.replace_schema_metadata(metadata), path)


def test_a_block_of_which_the_clocks_differ_does_not_count_and_the_rest_is_read(
    tmp_path: Path,
) -> None:
    folder = make_run(tmp_path / "run", 4)
    expected = summarise(load_run(folder.path)).summary
    slew(folder, 2, told=True)
    run = load_run(folder.path)
    assert run.invalid_blocks == {2}
    summary = summarise(run).summary
    assert summary.invalid_blocks == (2,)
    assert summary.counted_blocks == 3
    assert len(summary.cells) == len(expected.cells)


def test_without_that_evidence_such_a_block_is_damaged(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 4)
    slew(folder, 2, told=False)
    with pytest.raises(DataError, match=r"block-002.* a worker took longer than its whole round"):
        summarise(load_run(folder.path))
