"""Engines from the command line: what each side computes with, with real processes."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.engine.available import missing_for_compiling
from bench.store.run import load_run
from tests.cli.command import SMALL, check_refused, finish, scalebench, serving, start, succeed

FACTORY = "tests.engine.small_models:small"
UNEQUAL = ("--model", FACTORY, "--remote-engine", "bfloat16,channels_last,compile")


@pytest.fixture
def compiler() -> None:
    """Skip where nothing can be compiled."""
    if missing := missing_for_compiling():
        pytest.skip(f"'compile' needs {missing}")


@pytest.mark.usefixtures("compiler")
def test_my_cpu_or_the_box_over_there_is_answered_in_one_run(
    tmp_path: Path, pristine: Path
) -> None:
    words, own = UNEQUAL[3], ("--data", tmp_path, "--machine", "m", "--run", "r")
    with serving(FACTORY, "--engine", words) as (_, endpoint):
        result = succeed("measure", *SMALL, *UNEQUAL, "--worker", endpoint, *own)
    run = load_run(tmp_path / "m" / "r")
    engines = run.info.experiment.engines
    assert (engines.local.precision, engines.local.mode) == ("float32", "eager")
    assert (engines.remote.precision, engines.remote.mode) == ("bfloat16", "compile")
    (record,) = run.records
    (restart,) = record.restarts
    assert (restart.client["dtype"], restart.worker["dtype"]) == ("float32", "bfloat16")
    assert restart.compile_ns == 0 < restart.worker_compile_ns < restart.startup_ns
    assert restart.answers.images_count > 0
    assert 0 < restart.answers.max_deviation_fraction < 0.15
    assert "compile_ns" not in restart.worker
    succeed("report", run.path, "--site", pristine / "site")
    folder = "tests-engine-small_models-small/m"
    page = json.loads(
        (pristine / f"site/_data/scalebench/pages/{folder}/r.json").read_text(encoding="utf-8")
    )
    text = json.dumps(page, ensure_ascii=False)
    for fact in (
        '["Local engine", "CPU, float32, eager"]',
        '["Remote engine", "CPU, bfloat16, channels last, compiled"]',
        "the same top-1 answer for",
        "remote 0." if restart.worker_compile_ns < 10**9 else "s at the slowest start",
        f"--remote-engine {words}",
    ):
        assert fact in text
    assert "scalebench report" in result.stdout
    assert "Each start compiles the model" in result.stderr
    assert "CUDA runtime" not in result.stderr


@pytest.mark.usefixtures("compiler")
def test_a_compiler_that_fails_is_one_clear_message(tmp_path: Path) -> None:
    result = scalebench(
        *(
            "measure",
            *SMALL,
            "--model",
            FACTORY,
            "--engine",
            "compile",
            "--data",
            tmp_path / "data",
        ),
        CXX="false",
        XDG_CACHE_HOME=str(tmp_path / "cache"),
    )
    check_refused(result, 4, f"--engine: {FACTORY} cannot be compiled here", "leave 'compile' out")
    assert not (tmp_path / "data").exists()


def test_a_worker_with_another_engine_refuses_with_both_words(tmp_path: Path) -> None:
    with serving(FACTORY, "--engine", "bfloat16") as (_, endpoint):
        result = scalebench(
            *("measure", *SMALL, "--model", FACTORY, "--worker", endpoint, "--data", tmp_path)
        )
        check_refused(result, 5, "precision is float32 here and bfloat16 there")
        here, there = doctor_facts(endpoint)
        while there["engines"]["devices"] is None:
            assert "ask again" in there["engines"]["devices_missing"]
            here, there = doctor_facts(endpoint)
    assert there["offer"]["precision"] == "bfloat16"
    for facts in (here["engines"], there["engines"]):
        assert facts["devices"][0] == "cpu"
        assert facts["bfloat16"] in {"computed by the CPU", "emulated by the CPU", "not known"}


def doctor_facts(endpoint: str) -> list[dict[str, Any]]:
    """Return what the doctor finds here and at a worker, by kind."""
    diagnoses = json.loads(succeed("doctor", "--worker", endpoint, "--json").stdout)
    return [diagnosis["facts"] for diagnosis in diagnoses]


def test_a_client_never_makes_a_worker_import_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "imported"
    (tmp_path / "hostile_models.py").write_text(
        f"from pathlib import Path\nfrom tests.engine.small_models import small\n"
        f"with Path({str(mark)!r}).open('a') as mark: print('imported', file=mark)\n"
    )
    with serving("tests.engine.small_models:other") as (_, endpoint):
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        words = ("--model", "hostile_models:small", "--worker", endpoint)
        result = finish(start("measure", *SMALL, *words, "--data", tmp_path / "data"))
    check_refused(result, 5, "model is hostile_models:small here", "small_models:other there")
    assert mark.read_text().splitlines() == ["imported"]  # by the client, which named it


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--engine", "fast"), 2, ["--engine: 'fast'", "cpu or cuda or mps"]),
        (("--remote-engine", "float32,float16"), 2, ["--remote-engine: 'float32' and 'float16'"]),
        (("--engine", "cuda:7"), 4, ["--engine: this machine has no cuda:7; it has cpu"]),
        (("--remote-engine", "cuda:7"), 4, ["--remote-engine: this machine has no cuda:7"]),
        (("--model", "no.module:make"), 4, ["there is no module 'no.module'"]),
        (("--model", "vit_b_16", "--image-size", "50"), 4, ["--image-size: vit_b_16"]),
    ],
)
def test_an_engine_that_is_not_there_is_refused_before_anything_starts(
    tmp_path: Path, options: tuple[str, ...], code: int, words: list[str]
) -> None:
    model = () if "--model" in options else ("--model", FACTORY)
    result = scalebench("measure", *SMALL, *model, *options, "--data", tmp_path)
    check_refused(result, code, *words)
    assert list(tmp_path.iterdir()) == []
