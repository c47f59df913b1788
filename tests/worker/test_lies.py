"""A worker that lies fails the run, and nothing of it is kept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import ROOT, scalebench
from tests.worker.lying_compute import LIE


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ("answers", "the worker answers wrongly: at batch size"),
        ("threads", "says that it computes with 1 threads and used 3.0"),
    ],
)
def test_a_worker_that_lies_in_the_first_block_fails_the_run_and_leaves_no_folder(
    lie: str, words: str, tmp_path: Path
) -> None:
    model = "stub:40"
    liar = subprocess.Popen(
        [sys.executable, "-m", "tests.worker.lying_worker", model],
        cwd=ROOT,
        env={**os.environ, LIE: lie},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert liar.stdout is not None
    try:
        options = ["--model", model, "--threads", "1", "--batch-sizes", "1", "--image-size", "32"]
        options += ["--worker", liar.stdout.readline().strip(), "--data", str(tmp_path)]
        result = scalebench("measure", *options)
        assert result.returncode == 5
        assert words in result.stderr
        assert f"no block is complete, so {tmp_path}" in result.stderr
        assert list(tmp_path.iterdir()) == []
    finally:
        liar.terminate()
        liar.wait()
        liar.stdout.close()
