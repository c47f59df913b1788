"""A change in a machine's history is marked where `compare` calls one, and nowhere else."""

import json
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.pipeline.compare import compare
from bench.pipeline.report import report
from bench.records import Arm, Cell
from bench.stats.verdict_words import FASTER, SLOWER
from tests.page.factory import HOST, make_info
from tests.store.factory import make_run

BLOCKS = 10
MARKED = {
    "overhead": "overhead",
    "latency loss": "latency-loss",
    "remote throughput": "throughput-loss",
}
OTHER = msgspec.structs.replace(make_info("stub:10", (1, 2, 8)).experiment, seed=2)


def tenth_slower(_cell: Cell, arm: Arm) -> float:
    """Plant a remote worker that takes 10 % more time."""
    return 1.1 if arm is Arm.REMOTE else 1.0


def both_slower(_cell: Cell, _arm: Arm) -> float:
    """Plant a machine that takes 10 % more time, wherever it computes."""
    return 1.1


@pytest.fixture(scope="module", autouse=True)
def no_charts() -> Iterator[None]:
    """Leave out the pictures: nothing here depends on them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.pipeline.report.render_all", lambda _: {})
        yield


def publish(root: Path, *runs: dict[str, Any]) -> Path:
    """Return a site with these runs of one machine, the oldest first: r1, r2 and so on."""
    site = root / "site"
    site.mkdir()
    (site / "_config.yml").touch()
    for number, options in enumerate(runs, start=1):
        fields: dict[str, Any] = {"blocks": BLOCKS, "seed": number, "machine": "m"}
        make_run(root / "data" / "m" / f"r{number}", **{**fields, **options})
    report([], root / "data", site)
    return site


def said(site: Path, name: str = "change") -> dict[str, dict[str, Any]]:
    """Return a field of each row of the machine's history, by figure and run, where it has one."""
    history = json.loads(
        (site / "_data" / "scalebench" / "history" / "stub" / "m.json").read_bytes()
    )
    return {
        key: {row["run"]: row[name] for row in rows if row[name]}
        for key, rows in history["figures"].items()
    }


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return runs of which the third and all later ones are slower, with their site."""
    root = tmp_path_factory.mktemp("changed")
    publish(root, {}, {}, {"slow": tenth_slower}, {"slow": tenth_slower})
    return root


def test_a_planted_change_is_marked_once_and_runs_alike_are_not(changed: Path) -> None:
    marks = said(changed / "site")
    up = {"mark": "▲", "tone": "worse", "text": "overhead up since r2"}
    assert marks["overhead-1-2"] == marks["overhead-8-2"] == {"r3": up}
    assert marks["latency-loss-1-2"] == {"r3": {**up, "text": "loss up since r2"}}
    assert marks["throughput-loss-8-2"] == {"r3": {**up, "text": "remote throughput down since r2"}}


def test_what_is_marked_is_what_compare_says(changed: Path) -> None:
    marks = said(changed / "site")
    for before, after in pairwise(["r1", "r2", "r3", "r4"]):
        compared = compare(changed / "data/m" / before, changed / "data/m" / after).comparison
        called = {
            f"{MARKED[change.metric]}-{change.cell.batch_size}-{change.cell.threads}"
            for change in compared.changes
            if change.metric in MARKED and change.verdict in (SLOWER, FASTER)
        }
        assert {key for key, rows in marks.items() if after in rows} == called & marks.keys()


def test_a_return_to_what_was_before_is_marked_as_better(tmp_path: Path) -> None:
    marks = said(publish(tmp_path, {"slow": tenth_slower}, {}))
    assert marks["latency-loss-1-2"]["r2"]["text"] == "loss down since r1"
    assert marks["throughput-loss-8-2"]["r2"]["mark"] == "▼"


def test_a_slower_machine_changes_its_throughput_and_no_loss(tmp_path: Path) -> None:
    marks = said(publish(tmp_path, {}, {"slow": both_slower}))
    assert {key for key, rows in marks.items() if rows} == {"throughput-loss-8-2"}


def test_a_run_of_another_experiment_is_not_compared_and_says_so(tmp_path: Path) -> None:
    site = publish(tmp_path, {}, {"experiment": OTHER}, {"slow": tenth_slower})
    assert said(site)["latency-loss-1-2"]["r3"]["text"] == "loss up since r1"
    aside = "not comparable with older runs"
    assert said(site, "aside") == {key: {"r2": aside} for key in said(site)}


def test_another_environment_is_not_compared_and_another_measuring_code_is(tmp_path: Path) -> None:
    site = publish(
        tmp_path,
        {},
        {"slow": tenth_slower, "client": {**HOST, "kernel": "6.2.0"}},
        {"slow": tenth_slower, "code_digest": "fedcba"},
    )
    assert {tuple(rows) for rows in said(site).values()} == {("r3",)}


def test_a_run_of_few_blocks_is_passed_over(tmp_path: Path) -> None:
    few = {"blocks": BLOCKS - 1, "slow": tenth_slower}
    site = publish(tmp_path, {}, few, {"slow": tenth_slower})
    assert said(site)["latency-loss-1-2"] == {
        "r3": {"mark": "▲", "tone": "worse", "text": "loss up since r1"}
    }
    assert said(site, "aside")["latency-loss-1-2"] == {}


def test_one_more_run_changes_no_other_page(changed: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(changed, tmp_path / "more"))
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    make_run(root / "data/m/r5", BLOCKS, seed=5, machine="m")
    report([], root / "data", root / "site")
    touched = {str(p.relative_to(root)) for p, old in before.items() if p.read_bytes() != old}
    assert touched == {
        "site/_data/scalebench/runs.json",
        "site/_data/scalebench/history/stub/m.json",
    }
