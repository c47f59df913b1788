"""Engines on a GPU, where there is one: answers, copies, and a run against it."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from bench.config import parse_engine
from bench.engine.available import available_devices
from bench.engine.inputs import tensor_pool
from bench.engine.open import open_engine
from bench.engine.precision import PRECISIONS
from bench.store.run import load_run
from tests.cli.command import SMALL, succeed

FACTORY = "tests.engine.small_models:small"


@pytest.fixture(scope="module", autouse=True)
def gpu() -> None:
    """Skip where there is no GPU of CUDA."""
    if "cuda" not in available_devices():
        pytest.skip("this machine has no GPU of CUDA")


@pytest.mark.parametrize("words", ["cuda", "cuda:0,bfloat16,channels_last", "cuda,float16"])
def test_a_gpu_answers_as_the_cpu_does(words: str) -> None:
    batch = tensor_pool(1, 64).batch(0, 4)
    answers = []
    for each in ("cpu", words):
        spec = parse_engine(each, "--engine", FACTORY, "seeded")
        engine = open_engine(spec, threads=1, shape=batch.shape)
        assert engine.copies is (each != "cpu")
        logits = engine.fetch(engine.infer(engine.prepare(batch)))
        answers.append(np.frombuffer(bytes(logits), dtype=np.float32))
    deviation = np.abs(answers[1] - answers[0]).max() / np.abs(answers[0]).max()
    assert deviation <= PRECISIONS[spec.precision].tolerance_fraction


def test_a_run_against_a_gpu_stamps_its_copies(tmp_path: Path) -> None:
    own = ("--data", tmp_path, "--machine", "m", "--run", "r")
    succeed("measure", *SMALL, "--model", FACTORY, "--remote-engine", "cuda,bfloat16", *own)
    run = load_run(tmp_path / "m" / "r")
    rows = pq.read_table(run.path / "block-001.parquet").to_pandas()
    remote = rows.arm == "remote"
    for name in ("wh_ns", "wd_ns"):
        assert rows[name][remote].notna().all()
        assert rows[name][~remote].isna().all()
    assert run.records[0].restarts[0].worker["device_name"]
