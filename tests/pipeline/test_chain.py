"""The whole chain with real sockets and processes: measure, store, summarise, publish, verify."""

import contextlib
import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image, PngImagePlugin

from bench.host.validity import invalid_blocks
from bench.store.folder import RunFolder
from bench.store.read import rows_of_block
from bench.store.schema import SCHEMA_VERSION
from bench.text.summary_table import COLUMNS
from tests.cli.command import scalebench, succeed
from tests.store.factory import as_older, rows_of_run
from tests.waiting import wait_until

# A shell starts what runs in its background deaf to SIGINT, and children inherit that.
_HEARS_SIGINT = (
    "import signal; from bench.cli import main; "
    "signal.signal(signal.SIGINT, signal.default_int_handler); main()"
)
QUICK = ("--model", "stub:1", "--batch-sizes", "1,2", "--threads", "1", "--image-size", "32")


def test_every_planned_request_is_a_row_with_stamps_in_order(measured: Path) -> None:
    folder = RunFolder(measured / "data/m/r")
    samples = rows_of_run(folder.path)
    assert len(samples) == rows_of_block(folder.info.experiment, folder.schedule.blocks[0])
    assert set(samples.phase) == {"warmup", "latency", "burst", "probe"}
    rows = folder.read_table(1).to_pandas()
    local = rows[rows.arm != "remote"]
    assert local[["c2_ns", "c3_ns", "c4_ns", "w1_ns", "w2_ns", "w5_ns"]].isna().to_numpy().all()


def test_components_of_every_remote_row_sum_to_its_latency(measured: Path) -> None:
    rows = rows_of_run(measured / "data/m/r").query("arm == 'remote'")
    parts = (
        (rows.c2_ns - rows.c1_ns)
        + (rows.w2_ns - rows.w1_ns)
        + (rows.w3_ns - rows.w2_ns)
        + (rows.w4_ns - rows.w3_ns)
        + (rows.w5_ns - rows.w4_ns)
        + (rows.c5_ns - rows.c4_ns)
        + ((rows.c4_ns - rows.c2_ns) - (rows.w5_ns - rows.w1_ns))
    )
    assert (parts == rows.c5_ns - rows.c1_ns).all()


def test_a_second_report_changes_no_byte_and_writes_nothing(measured: Path) -> None:
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in _files(measured / "site")}
    options = ("--data", measured / "data", "--site", measured / "site")
    assert succeed("report", *options).stdout == ""
    succeed("report", measured / "data/m/r", *options)
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in _files(measured / "site")} == before


def test_the_summary_has_one_row_a_cell_and_the_columns_of_the_contract(measured: Path) -> None:
    text = succeed("summary", measured / "data/m/r", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    cells = RunFolder(measured / "data/m/r").info.experiment.cells
    assert [(int(r["batch_size"]), int(r["threads"])) for r in rows] == [
        (c.batch_size, c.threads) for c in cells
    ]
    assert {(r["latency_loss_low"], r["verdict"]) for r in rows} == {("", "exploratory")}
    as_json = json.loads(succeed("summary", measured / "data/m/r", "--format", "json").stdout)
    assert as_json[0]["latency_loss_low"] is None


def test_verify_agrees_with_the_run_and_with_the_page(measured: Path) -> None:
    for path in (measured / "data/m/r", measured / "site/stub/m/r"):
        last = succeed("verify", path, "--site", measured / "site").stdout.splitlines()[-1]
        found = re.fullmatch(r"(\d+) checked, 0 differ", last)
        assert found
        assert int(found[1]) > 500


@pytest.mark.parametrize("place", ["page data", "csv", "chart", "dropped cell"])
def test_verify_finds_one_changed_digit_and_one_dropped_cell(
    measured: Path, tmp_path: Path, place: str
) -> None:
    shutil.copytree(measured, tmp_path / "copy")
    site = tmp_path / "copy/site"
    page = site / "stub/m/r"
    spoilers = {
        "page data": _spoil_page_data,
        "csv": _spoil_csv,
        "chart": _spoil_chart,
        "dropped cell": _drop_cell,
    }
    spoilers[place](site, page)
    for path in (tmp_path / "copy/data/m/r", page):
        result = scalebench("verify", path, "--site", site)
        assert result.returncode == 3
        assert result.stdout.splitlines()[-1].endswith(" 1 differ")


def assert_complete(path: Path, planned: int) -> None:
    """Check that a run has as many blocks as planned, not counting what was dismissed.

    Tests run on machines that others use too, so a block may be dismissed and replaced; at most
    half as many again are measured.
    """
    folder = RunFolder(path)
    done = folder.complete_blocks()
    assert done == list(range(1, len(done) + 1))
    invalid = invalid_blocks(folder.read_record(index) for index in done)
    most = planned + planned // 2
    assert len(done) - len(invalid) == planned or len(done) == most


def test_a_longer_preset_continues_the_run_and_repeats_no_block(tmp_path: Path) -> None:
    options = ("measure", *QUICK, "--data", tmp_path, "--machine", "m", "--quiet")
    first = Path(succeed(*options, "--minutes", "0.01").stdout.splitlines()[-1])
    before = {p: p.read_bytes() for p in first.glob("block-*.parquet")}
    assert before
    assert Path(succeed(*options, "--preset", "quick").stdout.splitlines()[-1]) == first
    assert_complete(first, 3)
    assert {p: p.read_bytes() for p in before} == before


def test_another_experiment_under_the_same_run_name_is_refused_with_the_difference(
    measured: Path,
) -> None:
    options = ("measure", "--preset", "smoke", "--model", "stub:1", "--data", measured / "data")
    result = scalebench(*options, "--machine", "m", "--run", "r", "--seed", "9")
    assert result.returncode == 3
    assert "seed is 9 and was 1" in result.stderr


def test_a_run_of_an_older_schema_is_not_continued(measured: Path, tmp_path: Path) -> None:
    shutil.copytree(measured / "data", tmp_path / "data")
    path = tmp_path / "data/m/r/run.json"
    older = as_older(json.loads(path.read_text()), 3)
    for lengths in older["experiment"]["lengths"]:
        lengths.update(lengths.pop("remote"))
        del lengths["local"]
    path.write_text(json.dumps(older))
    options = ("measure", "--model", "stub:1", "--batch-sizes", "1,4", "--data", tmp_path / "data")
    result = scalebench(*options, "--preset", "smoke", "--machine", "m", "--run", "r")
    assert result.returncode == 3
    assert "how many requests a segment has" in result.stderr
    assert f"schema version is {SCHEMA_VERSION} and was 3" in result.stderr


@pytest.mark.parametrize("victim", ["bench.measure.child", "bench.worker", "compute", "bench"])
def test_after_a_kill_the_same_command_completes_the_run(tmp_path: Path, victim: str) -> None:
    options = ["measure", *QUICK, "--model", "stub:10", "--data", str(tmp_path), "--machine", "m"]
    run = subprocess.Popen(
        [sys.executable, "-m", "bench", *options, "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: list(tmp_path.glob("m/*/block-001.parquet")))
    before = {p: p.read_bytes() for p in tmp_path.glob("m/*/block-*.parquet")}
    wait_until(lambda: _ended_by_kill(victim, run))
    run.communicate(timeout=60)
    assert run.returncode == (-signal.SIGKILL if victim == "bench" else 5)
    folder = Path(succeed(*options, "--quiet").stdout.splitlines()[-1])
    assert_complete(folder, 3)
    assert {p: p.read_bytes() for p in before} == before
    assert all(pq.read_table(p).num_rows for p in folder.glob("block-*.parquet"))


def test_ctrl_c_says_that_complete_blocks_are_kept_and_leaves_no_process(tmp_path: Path) -> None:
    options = ["measure", *QUICK, "--data", str(tmp_path), "--machine", "m", "--preset", "full"]
    run = subprocess.Popen(
        [sys.executable, "-c", _HEARS_SIGINT, *options, "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: list(tmp_path.glob("m/*/block-001.parquet")))
    wait_until(lambda: _pid_of("bench.worker", run.pid) is not None)
    worker = _pid_of("bench.worker", run.pid)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "complete blocks are kept" in errors
    wait_until(lambda: not Path(f"/proc/{worker}").exists())


def _ended_by_kill(victim: str, run: subprocess.Popen[bytes]) -> bool:
    """Kill the victim; again if it was one that had done its work and was about to end anyway."""
    pid = _pid_of(victim, run.pid)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return run.poll() is not None


def _pid_of(victim: str, parent: int) -> int | None:
    """Return the process of this run only, found by its ancestry, never by name alone."""
    if victim == "bench":
        return parent
    module = {"bench.worker": "bench.worker.launch", "compute": "bench.worker.compute"}.get(
        victim, victim
    )
    pids = [parent]
    for pid in pids:
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            continue
        pids += [int(child) for child in children]
    for pid in pids:
        try:
            if module in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                return pid
        except OSError:
            continue
    return None


def _files(root: Path) -> list[Path]:
    return sorted(p for p in root.rglob("*") if p.is_file())


def _spoil_page_data(site: Path, _page: Path) -> None:
    path = site / "_data/scalebench/pages/stub/m/r.json"
    text = path.read_text()
    place = re.search(r"[+−]\d+\.(\d)", text)
    assert place
    digit = str((int(place[1]) + 1) % 10)
    path.write_text(text[: place.start(1)] + digit + text[place.end(1) :])


def _drop_cell(site: Path, _page: Path) -> None:
    path = site / "_data/scalebench/pages/stub/m/r.json"
    data = json.loads(path.read_text())
    data["table"]["groups"][-1]["rows"].pop()
    path.write_text(json.dumps(data))


def _spoil_csv(_site: Path, page: Path) -> None:
    path = page / "data/summary.csv"
    head, first, rest = path.read_text().split("\n", 2)
    values = first.split(",")
    values[2] = values[2][:-1] + str((int(values[2][-1]) + 1) % 10)
    path.write_text("\n".join([head, ",".join(values), rest]))


def _spoil_chart(_site: Path, page: Path) -> None:
    path = page / "stub-latency-4.png"
    with Image.open(path) as picture:
        text = str(picture.text["scalebench"])  # type: ignore[attr-defined]
        place = re.search(r"\d\.(\d)", text)
        assert place
        digit = str((int(place[1]) + 1) % 10)
        info = PngImagePlugin.PngInfo()
        info.add_text("scalebench", text[: place.start(1)] + digit + text[place.end(1) :])
        picture.load()
        picture.save(path, pnginfo=info)
