"""How a model computes: precisions, memory formats and compiling, on the CPU and where it is."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from bench.engine.available import check_available, missing_for_compiling
from bench.engine.open import engine_environment
from bench.engine.precision import PRECISIONS, is_emulated
from bench.engine.spec import COMPILE_NS, check_engine
from bench.errors import HostError, UsageError
from bench.host import sources
from bench.records import EngineSpec

ROOT = Path(__file__).parents[2]
WORDS = ("", "bfloat16", "float16", "channels_last", "bfloat16,channels_last", "compile")
_PROGRAM = """
import json, os, sys
import numpy as np
from bench.config import parse_engine
from bench.engine import torch_engine
from bench.engine.inputs import tensor_pool
from bench.engine.open import open_engine
batch = tensor_pool(1, 64).batch(0, 2)
for number, words in enumerate(sys.argv[2:]):
    if os.fork():
        os.wait()
        continue
    spec = parse_engine(words, "--engine", "tests.engine.small_models:small", "seeded")
    engine = open_engine(spec, threads=1, shape=batch.shape, batch_sizes=(1, 2, 4))
    if spec.compiled:  # any number of images is served, without compiling again
        engine.infer(engine.prepare(tensor_pool(1, 64).batch(0, 3)))
        from torch._dynamo.utils import counters
        assert counters["stats"]["unique_graphs"] == 2, counters
        with open(f"/proc/self/task/{os.getpid()}/children") as children:
            assert children.read() == ""  # no process that compiles is left
    logits = engine.fetch(engine.infer(engine.prepare(batch)))
    answer = np.frombuffer(logits, dtype=np.float32).reshape(2, -1)
    np.save(f"{sys.argv[1]}/{number}.npy", answer)
    print(json.dumps(engine.facts()), flush=True)
    os._exit(0)
"""


class Answered(NamedTuple):
    """The logits of two images, and the facts of the engine."""

    logits: npt.NDArray[np.float32]
    facts: dict[str, object]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answered]:
    """Open every engine in a process of its own, as both arms do, and let it answer."""
    if missing_for_compiling():
        pytest.skip(f"'compile' needs {missing_for_compiling()}")
    folder = tmp_path_factory.mktemp("answers")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, folder, *WORDS],
        env={**os.environ, **engine_environment("tuned", 1)},
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    facts = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        words: Answered(np.load(folder / f"{number}.npy"), facts[number])
        for number, words in enumerate(WORDS)
    }


@pytest.mark.parametrize("words", WORDS[1:])
def test_every_engine_answers_as_the_default_does_within_its_tolerance(
    words: str, answered: dict[str, Answered]
) -> None:
    expected, (logits, facts) = answered[""].logits, answered[words]
    precision = next((each for each in PRECISIONS if each in words.split(",")), "float32")
    deviation = np.abs(logits - expected).max() / np.abs(expected).max()
    assert deviation <= PRECISIONS[precision].tolerance_fraction
    assert (logits.argmax(axis=1) == expected.argmax(axis=1)).all()
    assert facts["dtype"] == precision
    assert facts["weights_digest"] == answered[""].facts["weights_digest"]
    if precision != "float32":
        assert deviation > 0  # it did compute otherwise


def test_the_time_of_compiling_is_told_on_its_own(answered: dict[str, Answered]) -> None:
    assert [words for words in WORDS if answered[words].facts[COMPILE_NS]] == ["compile"]


def test_a_stub_computes_in_one_way_only() -> None:
    with pytest.raises(UsageError, match=r"stub:1 .* precision is 'bfloat16'"):
        check_engine(EngineSpec(model="stub:1", precision="bfloat16"))


@pytest.mark.parametrize("field", ["device", "precision", "memory_format", "mode"])
def test_an_engine_of_unknown_words_is_refused_by_name(field: str) -> None:
    spec = EngineSpec(**{"model": "resnet18", field: "odd"})
    with pytest.raises(UsageError, match=f"{field.replace('_', ' ')} is 'odd'"):
        check_engine(spec)


def test_a_missing_device_is_refused_with_those_that_there_are() -> None:
    import torch

    if torch.cuda.device_count() > 90:
        pytest.skip("this machine has a great many GPUs")
    with pytest.raises(HostError, match=r"--engine: this machine has no cuda:99; it has cpu"):
        check_available(EngineSpec(model="resnet18", device="cuda:99"), "--engine")


def test_a_missing_compiler_and_missing_headers_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiled = EngineSpec(model="resnet18", mode="compile")
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(HostError, match=r"--engine: 'compile' needs a C\+\+ compiler"):
        check_available(compiled, "--engine")
    check_available(EngineSpec(model="resnet18"), "--engine")
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/g++")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    with pytest.raises(HostError, match="needs the headers of Python"):
        check_available(compiled, "--engine")
    (tmp_path / "Python.h").touch()
    assert missing_for_compiling() is None


@pytest.mark.parametrize(
    ("cpuinfo", "emulated"),
    [
        ("flags\t\t: fpu avx2 avx512f\n", {"bfloat16": True, "float16": True}),
        ("flags\t\t: avx512_bf16 amx_tile\n", {"bfloat16": False, "float16": True}),
        ("Features\t: fp asimd asimdhp bf16\n", {"bfloat16": False, "float16": False}),
        ("processor\t: 0\n", {"bfloat16": None, "float16": None}),
    ],
)
def test_a_precision_without_instructions_of_its_own_is_emulated(
    cpuinfo: str,
    emulated: dict[str, bool | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "cpuinfo").write_text(cpuinfo)
    monkeypatch.setattr(sources, "PROC", tmp_path)
    assert {precision: is_emulated(precision) for precision in emulated} == emulated
    assert is_emulated("float32") is False
