"""Which runs there are, as the terminal lists them; and what is left when one is removed."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bench.charts.chart import Chart
from bench.errors import DataError, UsageError
from bench.pipeline.report import report
from bench.pipeline.runs import COLUMNS, find_page, remove, run_rows
from bench.publish import PageKey
from bench.publish.history import HISTORY_LENGTH, machine_history
from bench.store.folder import NO_BLOCK
from tests.cli.command import ROOT, succeed
from tests.page.factory import make_picture
from tests.site.generated import GENERATED
from tests.store.factory import make_run


@pytest.fixture(scope="module", autouse=True)
def small_pictures() -> Iterator[None]:
    """Draw nothing: a page's files come and go alike, whatever is in them."""

    def draw(charts: Sequence[Chart]) -> dict[str, bytes]:
        return dict.fromkeys((chart.file_name for chart in charts), make_picture())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bench.pipeline.report.render_all", draw)
        yield


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``data`` of three runs on two machines and their pages in ``site``."""
    root = tmp_path_factory.mktemp("published")
    shutil.copytree(ROOT / "site", root / "site", ignore=shutil.ignore_patterns(*GENERATED))
    for machine, run, blocks in (("a", "r1", 1), ("a", "r2", 6), ("b", "r1", 6)):
        make_run(root / "data" / machine / run, blocks, machine=machine, comment=f"{machine} {run}")
    report([], root / "data", root / "site")
    return root


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    """Return a copy of it that a test may change."""
    return shutil.copytree(published, tmp_path / "copy")


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def empty_folders(root: Path) -> list[Path]:
    return [p for p in root.rglob("*") if p.is_dir() and not any(p.iterdir())]


def test_every_run_has_a_row_with_its_loss_and_where_its_page_is(published: Path) -> None:
    rows = run_rows(published / "data", published / "site")
    assert sorted((r["machine"], r["run"]) for r in rows) == [("a", "r1"), ("a", "r2"), ("b", "r1")]
    row = next(row for row in rows if row["run"] == "r2")
    assert tuple(row) == COLUMNS
    assert row["page"] == "stub/a/r2/"
    assert row["figure"] == "latency loss, batch 1, 2 threads"
    assert row["comment"] == "a r2"
    loss, low, high = (row[name] for name in ("loss_percent", "loss_low", "loss_high"))
    assert isinstance(loss, float)
    assert isinstance(low, float)
    assert isinstance(high, float)
    assert low < loss < high
    exploratory = next(row for row in rows if row["comment"] == "a r1")
    assert (exploratory["kind"], exploratory["loss_low"]) == ("exploratory", None)


def test_runs_of_one_machine_stand_together_whichever_is_newer(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").touch()
    for run, (machine, hour) in enumerate([("a", 1), ("b", 2), ("a", 3)]):
        created = f"2024-05-31T0{hour}:00:00+00:00"
        make_run(tmp_path / "data" / machine / f"r{run}", 1, machine=machine, created_at=created)
    rows = run_rows(tmp_path / "data", tmp_path)
    assert [(r["machine"], r["run"]) for r in rows] == [("a", "r2"), ("a", "r0"), ("b", "r1")]
    assert {(r["page"], r["loss_percent"]) for r in rows} == {("", None)}


def test_a_run_without_a_block_says_what_goes_on_with_it(tmp_path: Path) -> None:
    (tmp_path / "_config.yml").touch()
    make_run(tmp_path / "data" / "m" / "r", 0)
    (row,) = run_rows(tmp_path / "data", tmp_path)
    assert (row["kind"], row["page"]) == (NO_BLOCK, "")
    said = succeed("runs", "--data", tmp_path / "data", "--site", tmp_path).stdout
    assert "no complete block: the command that measured it goes on" in " ".join(said.split())
    assert "scalebench report" not in said


def test_the_command_lists_runs_for_people_and_for_programs(published: Path) -> None:
    places = ("--data", published / "data", "--site", published / "site")
    table = succeed("runs", *places).stdout
    assert all(len(line) <= 80 for line in table.splitlines())
    assert table.splitlines().count("a") == 1
    assert "latency loss, batch 1, 2 threads: " in table
    rows = list(csv.DictReader(io.StringIO(succeed("runs", *places, "--format", "csv").stdout)))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(json.loads(succeed("runs", *places, "--format", "json").stdout)) == 3


def test_a_removed_run_leaves_no_trace_in_the_site_and_its_samples_in_the_data(
    copy: Path, tmp_path: Path
) -> None:
    site, samples = copy / "site", tree(copy / "data")
    key, left = remove("b/r1", site)
    assert (key, left) == (PageKey("stub", "b", "r1"), [])
    assert tree(copy / "data") == samples
    assert empty_folders(site) == []
    without = tmp_path / "without"
    shutil.copytree(ROOT / "site", without / "site", ignore=shutil.ignore_patterns(*GENERATED))
    report([copy / "data" / "a" / "r1", copy / "data" / "a" / "r2"], copy, without / "site")
    assert tree(site) == tree(without / "site")


def test_a_site_without_its_last_run_is_as_it_was_before_the_first(
    copy: Path, tmp_path: Path
) -> None:
    for run in ("stub/a/r1", "a/r2", "r1"):
        remove(run, copy / "site")
    assert empty_folders(copy / "site") == []
    before = tmp_path / "before"
    shutil.copytree(ROOT / "site", before, ignore=shutil.ignore_patterns(*GENERATED))
    assert tree(copy / "site") == tree(before) | {"_data/scalebench/runs.json": b"[]\n"}


def test_a_file_that_scalebench_did_not_write_stays_and_is_named(copy: Path) -> None:
    notes = copy / "site" / "stub" / "a" / "r1" / "notes.txt"
    notes.write_text("mine")
    result = succeed("remove", copy / "data" / "a" / "r1", "--site", copy / "site")
    assert notes.read_text() == "mine"
    assert list(notes.parent.iterdir()) == [notes]
    assert f"left {notes}" in result.stderr
    assert "its samples stay" in result.stderr


@pytest.mark.parametrize("named", ["data/a/r2", "site/stub/a/r2", "stub/a/r2", "a/r2", "r2"])
def test_a_run_can_be_named_in_every_way_that_tells_it_apart(published: Path, named: str) -> None:
    path = published / named
    run = str(path) if path.is_dir() else named
    assert find_page(run, published / "site") == PageKey("stub", "a", "r2")


def test_a_name_that_several_runs_have_is_refused_with_all_of_them(published: Path) -> None:
    with pytest.raises(UsageError, match=r"stub/(a/r1, stub/b|b/r1, stub/a)/r1"):
        find_page("r1", published / "site")


@pytest.mark.parametrize("named", ["r9", "", "..", "/", "../../etc", "x/stub/a/r2", "_config.yml"])
def test_a_name_of_no_run_is_refused(published: Path, named: str) -> None:
    with pytest.raises(DataError, match="has no page"):
        find_page(named, published / "site")


def test_a_run_whose_page_is_gone_already_is_refused(copy: Path) -> None:
    run = str(copy / "data" / "a" / "r1")
    remove(run, copy / "site")
    with pytest.raises(DataError, match="has no page stub/a/r1"):
        remove(run, copy / "site")


def test_the_history_has_the_same_cell_of_every_run_with_its_interval(published: Path) -> None:
    history = json.loads(
        (published / "site" / "_data" / "scalebench" / "history" / "stub" / "a.json").read_text()
    )
    assert set(history["figures"]) == {
        "overhead-1-2",
        "overhead-8-2",
        "latency-loss-1-2",
        "throughput-loss-8-2",
    }
    overheads = {row["run"]: row for row in history["figures"]["overhead-8-2"]}
    assert overheads["r1"]["interval"].endswith("%")
    assert overheads["r2"]["value"].endswith(" ms")
    assert "% (" in overheads["r2"]["interval"]
    rows = {row["run"]: row for row in history["figures"]["latency-loss-1-2"]}
    assert rows.keys() == {"r1", "r2"}
    assert rows["r1"]["interval"] == ""
    assert " to " in rows["r2"]["interval"]
    at, left, width = (float(rows["r2"]["plot"][name]) for name in ("at", "left", "width"))
    assert left < at < left + width


def test_a_long_history_shows_the_newest_runs_and_counts_the_others() -> None:
    figure = {"key": "k", "value": "", "interval": "", "verdict": "", "mark": "", "tone": ""}
    numbers = {"percent": 1.0, "low": None, "high": None, "block_count": 1}
    runs = [{"run": f"r{i}", "date": "", "figures": [{**figure, **numbers}]} for i in range(30)]
    history = machine_history(runs)
    assert [row["run"] for row in history["figures"]["k"]] == [
        f"r{i}" for i in range(HISTORY_LENGTH)
    ]
    assert history["more_count"] == 30 - HISTORY_LENGTH


def test_a_history_says_where_workers_were_and_how_they_computed_where_that_differs() -> None:
    figure = {"key": "k", "value": "", "interval": "", "verdict": "", "mark": "", "tone": ""}
    figures = [{**figure, "percent": 1.0, "low": None, "high": None, "block_count": 1}]
    here, link = {"name": "Same machine"}, {"name": "1 Gbit/s link"}

    def shown(*runs: tuple[dict[str, str] | None, str]) -> list[str]:
        listed = [
            {"run": "r", "date": "", "figures": figures, "place": place, "engines": engines}
            for place, engines in runs
        ]
        return [row["what"] for row in machine_history(listed)["figures"]["k"]]

    assert shown((here, "float32"), (here, "float32")) == ["", ""]
    assert shown((here, "float32"), (link, "float32")) == ["Same machine", "1 Gbit/s link"]
    assert shown((here, "float32"), (link, "uint8"), (None, "")) == [
        "Same machine; float32",
        "1 Gbit/s link; uint8",
        "",
    ]


def test_a_smoke_run_is_in_no_history() -> None:
    assert machine_history([{"run": "r", "date": "", "figures": []}])["figures"] == {}


def test_a_hostile_comment_neither_reaches_the_terminal_nor_runs_in_a_spreadsheet(
    tmp_path: Path,
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "_config.yml").touch()
    comment = "=cmd|' /C calc'!A0\x1b[31m\x07\nred"
    make_run(tmp_path / "data" / "m" / "r", 1, machine="m", comment=comment)
    place = ("--data", tmp_path / "data", "--site", tmp_path / "site")
    shown = "=cmd|' /C calc'!A0 [31m red"
    table = succeed("runs", *place).stdout
    assert shown in table
    assert "\x1b" not in table
    rows = csv.DictReader(io.StringIO(succeed("runs", *place, "--format", "csv").stdout))
    assert [row["comment"] for row in rows] == [f"'{shown}"]
    assert json.loads(succeed("runs", *place, "--format", "json").stdout)[0]["comment"] == shown
