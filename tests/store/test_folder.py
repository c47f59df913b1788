"""What is on disk is whole, versioned and checked."""

import json
import math
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.errors import DataError, HostError
from bench.records import Arm, BlockRecord, Outcome, Phase, Sample, SegmentLength
from bench.store.folder import RUN_FILE, RunFolder, write_atomically
from bench.store.read import check_stamps
from bench.store.schema import COLUMNS_SINCE, SCHEMA, SCHEMA_VERSION
from tests.mounting import mounted
from tests.page.factory import make_info
from tests.store.factory import as_older, make_run, rows_of_run


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    from bench.plan import make_schedule

    folder = RunFolder(tmp_path / "run")
    info = make_info()
    folder.create(info, make_schedule(info.experiment, 2))
    return folder


def test_what_was_written_is_read_back(folder: RunFolder) -> None:
    record = BlockRecord(index=1, started_at="2024-05-31T00:00:00+00:00", wall_ns=5, restarts=())
    folder.write_block(record, [])
    assert folder.read_record(1) == record
    assert folder.info == make_info()
    assert folder.complete_blocks() == [1]
    assert all(field.metadata[b"meaning"] for field in SCHEMA)


def test_blocks_are_found_however_many_there_are(folder: RunFolder) -> None:
    for index in (999, 1000, 2):
        folder.write_block(BlockRecord(index=index, started_at="", wall_ns=5, restarts=()), [])
    (folder.path / "block-one.parquet").touch()
    assert folder.complete_blocks() == [2, 999, 1000]


def test_a_longer_schedule_extends_and_another_is_refused(folder: RunFolder) -> None:
    from bench.plan import make_schedule

    experiment = folder.info.experiment
    folder.write_schedule(make_schedule(experiment, 4))
    folder.write_schedule(make_schedule(experiment, 1))
    assert len(folder.schedule.blocks) == 4
    import msgspec

    with pytest.raises(DataError, match="plans other blocks"):
        folder.write_schedule(make_schedule(msgspec.structs.replace(experiment, seed=2), 4))


@pytest.mark.parametrize("kind", ["truncated", "foreign", "newer", "short"])
def test_a_damaged_block_is_named(folder: RunFolder, kind: str) -> None:
    folder.write_block(BlockRecord(index=1, started_at="", wall_ns=5, restarts=()), [])
    path = folder.block_path(1)
    match kind:
        case "truncated":
            path.write_bytes(path.read_bytes()[:-9])
        case "foreign":
            pq.write_table(pa.table({"x": [1]}), path)
        case "newer":
            table = pq.read_table(path).replace_schema_metadata({"scalebench_schema_version": "9"})
            pq.write_table(table, path)
    with pytest.raises(DataError, match="block-001"):
        rows_of_run(folder.path)


def test_a_block_of_an_older_version_is_read_with_nulls_for_what_came_later(
    folder: RunFolder,
) -> None:
    sample = Sample(
        block=1,
        threads=1,
        batch_size=1,
        arm=Arm.LOCAL,
        phase=Phase.LATENCY,
        in_flight_count=1,
        request=0,
        batch=0,
        outcome=Outcome.OK,
        c0_ns=1,
        c1_ns=1,
        c5_ns=4,
        w3_ns=2,
        w4_ns=3,
        minor_faults_count=0,
        payload_bytes=1,
        wire_bytes=0,
        cpu_ns=1,
    )
    folder.write_block(BlockRecord(index=1, started_at="", wall_ns=5, restarts=()), [sample])
    path = folder.block_path(1)
    whole = pq.read_table(path)
    assert whole["cpu_ns"].to_pylist() == [1]
    for version in range(1, SCHEMA_VERSION):
        later = [name for name, since in COLUMNS_SINCE.items() if since > version]
        older = whole.drop_columns(later)
        metadata = {**older.schema.metadata, b"scalebench_schema_version": b"%d" % version}
        pq.write_table(older.replace_schema_metadata(metadata), path)
        table = folder.read_table(1)
        assert table.schema.names == SCHEMA.names
        assert [n for n in later if table[n].null_count < table.num_rows] == []
        assert table["c5_ns"].to_pylist() == [4]
        assert folder.read_record(1).index == 1


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("arm", lambda words: ["locale", *words[1:]], "has the word 'locale', which is none of"),
        ("phase", lambda words: [None, *words[1:]], "has the word None, which is none of"),
        ("outcome", lambda words: [1] * len(words), "outcome should be string and is int64"),
        ("c5_ns", lambda stamps: [str(s) for s in stamps], "c5_ns should be int64 and is string"),
    ],
)
def test_a_block_with_other_words_or_kinds_is_told_by_its_column(
    tmp_path: Path, name: str, values: Callable[[list[Any]], list[Any]], said: str
) -> None:
    run = make_run(tmp_path / "run", 1)
    path = run.block_path(1)
    table = pq.read_table(path)
    at = table.schema.names.index(name)
    pq.write_table(table.set_column(at, name, [values(table[name].to_pylist())]), path)
    with pytest.raises(DataError, match=said):
        rows_of_run(run.path)


def test_rows_in_groups_of_any_size_are_read_alike(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", 1)
    before = rows_of_run(run.path)
    path = run.block_path(1)
    pq.write_table(pq.read_table(path), path, row_group_size=7)  # each with words of its own
    assert rows_of_run(run.path).equals(before)


def test_a_run_without_its_schedule_is_named(folder: RunFolder) -> None:
    (folder.path / "schedule.json").unlink()
    with pytest.raises(DataError, match=r"schedule\.json"):
        _ = folder.schedule


def test_stamps_out_of_order_are_refused() -> None:
    import pandas as pd

    stamps = {f"c{i}_ns": [i * 10.0] for i in range(1, 6)} | {
        f"w{i}_ns": [i * 1.0] for i in range(1, 6)
    }
    none = {name: [math.nan] for name in ("cp_ns", "wb_ns", "wp_ns", "wh_ns", "wd_ns")}
    some = {"cp_ns": [15.0], "wb_ns": [2.2], "wp_ns": [2.5], "wh_ns": [2.7], "wd_ns": [4.5]}
    for known in (none, some):
        check_stamps(pd.DataFrame(stamps | known), "here")
    for wrong, words in (
        ({"c3_ns": [19.0]}, "c2_ns lies after c3_ns"),
        ({"w2_ns": [9.0]}, "w2_ns lies after w3_ns"),
        ({"w5_ns": [99.0]}, "longer than its whole round trip"),
        ({"cp_ns": [9.0]}, "c1_ns lies after cp_ns"),
        ({"cp_ns": [21.0]}, "cp_ns lies after c2_ns"),
        ({"wh_ns": [3.5]}, "wh_ns lies after w3_ns"),
        ({"wd_ns": [5.5]}, "wd_ns lies after w5_ns"),
    ):
        with pytest.raises(DataError, match=f"here: .*{words}"):
            check_stamps(pd.DataFrame(stamps | none | wrong), "here")


def test_a_block_outlives_a_power_cut_once_it_is_written(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, os.replace

    def spy_fsync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append("folder" if is_folder else "content")
        fsync(descriptor)

    def spy_replace(source: Path, target: Path) -> None:
        steps.append("name")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", spy_fsync)
    monkeypatch.setattr(os, "replace", spy_replace)
    folder.write_block(BlockRecord(index=1, started_at="", wall_ns=5, restarts=()), [])
    assert steps == ["content", "name", "folder"]


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(
    tmp_path: Path,
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, written = (tmp_path / f".kept.{pid}.tmp" for pid in (ended.pid, os.getppid()))
    for path in (left, written):
        path.write_bytes(b"half")
    write_atomically(tmp_path / "kept", b"whole")
    assert not left.exists()
    assert written.exists()


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=64k", "tmpfs") as disk:
        write_atomically(disk / "kept", b"before")
        with pytest.raises(HostError, match="No space left"):
            write_atomically(disk / "kept", b"x" * 200_000)
        assert (disk / "kept").read_bytes() == b"before"
        assert [p.name for p in disk.iterdir()] == ["kept"]


def test_a_run_of_an_older_schema_has_one_engine_for_both_arms(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 1)
    expected = folder.info
    path = folder.path / RUN_FILE
    path.write_text(json.dumps(as_older(json.loads(path.read_text()), 4)))
    assert folder.info == msgspec.structs.replace(expected, schema_version=4)


def test_a_run_of_an_older_schema_has_one_length_for_both_arms(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 1)
    path = folder.path / RUN_FILE
    older = as_older(json.loads(path.read_text()), 3)
    lengths = {"warmup_count": 2, "latency_count": 12, "burst_count": 8, "probe_count": 2}
    older["experiment"]["lengths"] = [lengths] * len(older["experiment"]["batch_sizes"])
    path.write_text(json.dumps(older))
    read = folder.info.experiment.lengths_of(1)
    assert read.local == SegmentLength(warmup_count=2, latency_count=12)
    assert read.remote == SegmentLength(**lengths)
    older["experiment"]["lengths"][0]["latency_count"] = "many"
    path.write_text(json.dumps(older))
    with pytest.raises(DataError, match=r"run\.json is damaged or foreign: Expected `int`"):
        _ = folder.info
    older["experiment"] = []
    path.write_text(json.dumps(older))
    with pytest.raises(DataError, match=r"run\.json is damaged or foreign"):
        _ = folder.info
