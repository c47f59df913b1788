"""Two runs on disk, compared by the command: an A/A run, a planted slow-down, and refusals."""

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.records import Arm, Cell
from bench.store.folder import RunFolder
from tests.cli.command import scalebench
from tests.page.factory import HOST, make_info
from tests.store.factory import keep_blocks, make_run

SLOW_CELL = Cell(batch_size=8, threads=2)


def compare(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    return scalebench("compare", *arguments, **variables)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the runs base, and slow: 5 % slower in the remote arm of one cell."""
    root = tmp_path_factory.mktemp("runs")
    make_run(root / "base", 20)
    make_run(
        root / "slow",
        20,
        seed=2,
        slow=lambda cell, arm: 1.05 if (cell, arm) == (SLOW_CELL, Arm.REMOTE) else 1.0,
    )
    return root


def test_the_halves_of_a_run_without_a_difference_are_neither_slower_nor_faster(
    runs: Path, tmp_path: Path
) -> None:
    halves = []
    for kept in (range(1, 11), range(11, 21)):
        half = tmp_path / f"from-{kept.start}"
        shutil.copytree(runs / "base", half)
        keep_blocks(RunFolder(half), kept)
        halves.append(half)
    result = compare(*halves, "--format", "csv")
    assert result.returncode == 0, result.stderr
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 5 * 6
    assert not {row["verdict"] for row in rows} & {"slower", "faster"}
    assert {(row["blocks_a"], row["blocks_b"]) for row in rows} == {("10", "10")}


def test_a_planted_slow_down_is_found_where_it_is_and_exits_10(runs: Path) -> None:
    result = compare(runs / "base", runs / "slow", "--format", "json")
    assert result.returncode == 10
    slower = [row for row in json.loads(result.stdout) if row["verdict"] == "slower"]
    assert {(row["batch_size"], row["threads"]) for row in slower} == {(8, 2)}
    assert {row["metric"] for row in slower} == {
        "remote latency",
        "remote throughput",
        "latency loss",
    }
    latency = next(row for row in slower if row["metric"] == "remote latency")
    assert latency["change_low"] < 5 < latency["change_high"]


def test_the_other_way_round_it_is_faster_exits_0_and_fits_into_80_columns(runs: Path) -> None:
    result = compare(runs / "slow", runs / "base")
    assert result.returncode == 0
    assert "remote latency: faster in 1 cell, equivalent in 5" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_no_colour_is_shown_when_none_is_wanted(runs: Path) -> None:
    coloured = compare(runs / "base", runs / "slow", FORCE_COLOR="1")
    assert "\x1b[1;31m" in coloured.stdout
    plain = compare(runs / "base", runs / "slow", FORCE_COLOR="1", NO_COLOR="1")
    assert "31m" not in plain.stdout


def test_markdown_has_a_table_for_each_metric(runs: Path) -> None:
    text = compare(runs / "base", runs / "slow", "--format", "markdown").stdout
    assert text.count("|---:|---:|---:|---:|---:|:---|") == 5
    assert "### local latency: equivalent in 6 cells" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"client": {**HOST, "cpu_model": "Another"}},
            "note: client's processor: Another in B, A Processor in A\n",
        ),
        ({"worker": {**HOST, "kernel": "7.0"}}, "note: worker's kernel: 7.0 in B, 6.1.0 in A\n"),
        (
            {
                "placement": {"remote": "a worker at tcp://10.0.0.7:5555"},
                "link": {"speed_mbps": 100},
            },
            "note: link: 100 Mbit/s in B, no known rate in A\n",
        ),
    ],
)
def test_what_differs_and_matters_for_speed_is_named_and_compared(
    runs: Path, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    other = make_run(tmp_path / "other", 2, **changes)
    result = compare(runs / "base", other.path)
    assert result.returncode == 0
    assert words in result.stderr
    assert "remote latency: exploratory in 6 cells" in result.stdout


def test_memory_that_differs_by_less_than_a_gib_is_the_same_host(
    runs: Path, tmp_path: Path
) -> None:
    other = make_run(tmp_path / "other", 2, client={**HOST, "memory_bytes": 8 * 1024**3 - 450_000})
    assert compare(runs / "base", other.path).stderr == ""


def test_vector_instructions_that_one_host_lacks_are_named_alone(tmp_path: Path) -> None:
    flags = ("fpu vme sse4_1 avx avx2 avx512f", "fpu nx sse4_1 avx avx2 amx_tile")
    paths = [
        make_run(tmp_path / str(place), 2, client={**HOST, "cpu_flags": of}).path
        for place, of in enumerate(flags)
    ]
    said = "note: client's vector instructions: B lacks avx512f, B has also amx_tile\n"
    assert compare(*paths).stderr == said


def test_another_experiment_is_refused_with_what_differs_unless_forced(
    runs: Path, tmp_path: Path
) -> None:
    experiment = make_info("stub:20", (1, 2, 8)).experiment
    other = make_run(tmp_path / "other", 2, experiment=experiment)
    refused = compare(runs / "base", other.path)
    assert refused.returncode == 3
    assert "\n  model: stub:20 in B, stub:10 in A\n" in refused.stderr
    assert "--force" in refused.stderr
    assert refused.stdout == ""
    forced = compare(runs / "base", other.path, "--force")
    assert forced.returncode == 0
    assert "note: model: stub:20 in B, stub:10 in A" in forced.stderr


@pytest.mark.parametrize("options", [(), ("--force",)])
def test_runs_without_a_common_cell_are_refused_even_when_forced(
    runs: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    experiment = make_info("stub:10", (4, 16)).experiment
    other = make_run(tmp_path / "other", 2, experiment=experiment)
    result = compare(runs / "base", other.path, *options)
    assert result.returncode == 3
    assert "no common cell" in result.stderr


def test_other_measuring_code_is_told_and_compared(runs: Path, tmp_path: Path) -> None:
    other = make_run(tmp_path / "other", 10, code_digest="f" * 16)
    result = compare(runs / "base", other.path)
    assert result.returncode == 0
    assert "note: A and B were measured by different versions" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("base", "base"), 2, "are the same run"),
        (("base", "nowhere"), 3, "run.json"),
        (("base", "slow", "--format", "xml"), 2, "table, csv, json, markdown"),
    ],
)
def test_what_cannot_be_compared_is_one_clear_message(
    runs: Path, arguments: tuple[str, ...], exit_code: int, words: str
) -> None:
    first, second, *options = arguments
    result = compare(runs / first, runs / second, *options)
    assert result.returncode == exit_code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arms", "note"),
    [
        (("local", "remote"), "both arms' precision: bfloat16 in B, float32 in A"),
        (("remote",), "remote precision: bfloat16 in B, float32 in A"),
    ],
)
def test_one_word_of_an_engine_is_named_with_what_it_gains_in_each_cell(
    tmp_path: Path, arms: tuple[str, ...], note: str
) -> None:
    experiment = make_info("stub:10", (1, 2, 8)).experiment
    engines = {
        arm: msgspec.structs.replace(getattr(experiment.engines, arm), precision="bfloat16")
        for arm in arms
    }
    other = msgspec.structs.replace(
        experiment, engines=msgspec.structs.replace(experiment.engines, **engines)
    )
    make_run(tmp_path / "a", 10)
    make_run(
        *(tmp_path / "b", 10),
        slow=lambda _, arm: 0.5 if arm is Arm.REMOTE else 1.0,
        seed=2,
        experiment=other,
    )
    result = compare(tmp_path / "a", tmp_path / "b", "--format", "json")
    assert f"note: {note}; by how much B is slower or faster is what" in result.stderr
    gains = {
        (row["batch_size"], row["threads"]): (row["verdict"], row["change_percent"])
        for row in json.loads(result.stdout)
        if row["metric"] == "remote latency"
    }
    assert len(gains) == 6
    for verdict, percent in gains.values():
        assert verdict == "faster"
        assert percent == pytest.approx(-50, abs=3)
