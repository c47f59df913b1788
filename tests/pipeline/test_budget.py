"""Until when a run is measured, and what its page says while it is."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.pipeline.budget import blocks_that_fit
from bench.records import BlockRecord
from bench.store.folder import RunFolder
from bench.store.run import load_run
from tests.cli.command import ROOT, succeed

SMALL = ("--batch-sizes", "1,2", "--threads", "1", "--image-size", "32")


@pytest.mark.parametrize(
    ("left_s", "walls_s", "count"),
    [(1, [], 1), (59.9, [30, 30], 1), (60, [20, 40], 2), (29.9, [30], 0), (-5, [30], 0)],
)
def test_a_block_fits_if_the_mean_of_those_so_far_does(
    left_s: float, walls_s: list[int], count: int
) -> None:
    records = [
        BlockRecord(index=index, started_at="", wall_ns=wall_s * 10**9, restarts=())
        for index, wall_s in enumerate(walls_s, start=1)
    ]
    assert blocks_that_fit(left_s, records) == count


def test_minutes_end_a_run_and_a_second_time_they_go_on(tmp_path: Path) -> None:
    options = (
        "measure",
        *SMALL,
        "--model",
        "stub:1",
        "--data",
        tmp_path,
        "--machine",
        "m",
        "--quiet",
    )
    path = Path(succeed(*options, "--minutes", "0.02").stdout.splitlines()[-1])
    first = len(load_run(path).records)
    assert first >= 1
    assert Path(succeed(*options, "--minutes", "0.1").stdout.splitlines()[-1]) == path
    run = load_run(path)
    assert len(run.records) > first
    assert run.budget is not None
    assert (run.budget.preset, run.budget.minutes) == ("quick", 0.1)
    assert run.budget.max_blocks == max(1, len(run.records) - len(run.invalid_blocks))


def test_a_page_can_be_made_while_its_run_is_measured_and_says_what_is_to_come(
    tmp_path: Path,
) -> None:
    (tmp_path / "site/_data").mkdir(parents=True)
    (tmp_path / "site/_config.yml").touch()
    options = [*SMALL, "--model", "stub:60", "--data", str(tmp_path / "data")]
    options += ["--machine", "m", "--run", "r"]
    command = [sys.executable, "-m", "bench", "measure", *options, "--preset", "full", "--quiet"]
    measuring = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        folder = RunFolder(tmp_path / "data/m/r")
        while len(folder.complete_blocks()) < 1:
            assert measuring.poll() is None
            time.sleep(0.05)
        succeed("report", folder.path, "--site", tmp_path / "site")
        assert measuring.poll() is None
    finally:
        measuring.send_signal(signal.SIGTERM)
        measuring.communicate(timeout=60)
    data = json.loads((tmp_path / "site/_data/scalebench/pages/stub/m/r.json").read_text())
    title = data["notice"]["title"]
    assert title.startswith("Unfinished: ")
    assert title.endswith(" blocks of its plan are to come")
    assert 0 < int(title.split()[1]) <= 40
