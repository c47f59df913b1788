"""From another study's files to a page, by the real command: import, summary, report, verify."""

import csv
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.charts.png import read_chart_values
from bench.text.summary_table import COLUMNS
from tests.cli.command import ROOT, scalebench, succeed
from tests.conftest import Share
from tests.importing.packrat_files import BATCH_SIZES, mean_ms, write_new, write_old
from tests.store.factory import make_run

STUDY = (
    *("--comment", "memory of the other node"),
    *("--date", "2023-05-31"),
    *("--source", "A study, https://example.org"),
)
GOLDEN = ROOT / "tests" / "golden" / "index.markdown"


def import_packrat(folder: Path, *options: object) -> subprocess.CompletedProcess[str]:
    files = (folder / "latency.csv", folder / "throughput.csv")
    names = ("--machine", "m", "--run", "r", "--data", folder / "data")
    return scalebench("import", "packrat", *files, *names, *options)


@pytest.fixture(scope="session")
def imported(share: Share) -> Path:
    """Return a folder with ``data/m/r`` imported and its page in ``site``."""
    return share("imported", _import)


def _import(root: Path) -> None:
    shutil.copytree(ROOT / "site", root / "site", ignore=shutil.ignore_patterns("_site", "resnet"))
    write_old(root)
    result = import_packrat(root, *STUDY)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [str(root / "data/m/r")]
    succeed("report", "--data", root / "data", "--site", root / "site")


def page_data(root: Path) -> dict[str, object]:
    path = root / "site/_data/scalebench/pages/resnet/m/r.json"
    data: dict[str, object] = json.loads(path.read_text())
    return data


def test_the_summary_has_the_usual_columns_losses_from_the_means_and_no_interval(
    imported: Path,
) -> None:
    text = scalebench("summary", imported / "data/m/r", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 7 * 3
    for row in rows:
        assert {row["latency_loss_low"], row["throughput_loss_high"]} == {""}
        size, threads = int(row["batch_size"]), int(row["threads"])
        if size not in BATCH_SIZES:
            assert row["verdict"] == "not measured"
            assert {row["latency_local_ms"], row["throughput_remote_ips"]} == {""}
            continue
        assert row["verdict"] == "imported"
        assert float(row["latency_local_ms"]) == pytest.approx(mean_ms(size, threads, remote=False))
        assert float(row["latency_loss_percent"]) == pytest.approx(10)
        assert float(row["throughput_loss_percent"]) == pytest.approx(100 * (1 - 1 / 1.1))


def test_the_page_is_the_first_page_byte_for_byte_and_verify_agrees_with_it(
    imported: Path,
) -> None:
    page = imported / "site/resnet/m/r"
    assert (page / "index.markdown").read_bytes() == GOLDEN.read_bytes()
    assert len(list(page.glob("*.png"))) == 28  # none of the charts that need samples
    for path in (imported / "data/m/r", page):
        result = scalebench("verify", path, "--site", imported / "site")
        assert result.returncode == 0, result.stderr
        assert re.search(r"^\d{3,} checked, 0 differ$", result.stdout, re.MULTILINE)


def test_one_changed_number_in_the_stored_rows_is_found(imported: Path, tmp_path: Path) -> None:
    shutil.copytree(imported / "site", tmp_path / "site")
    path = tmp_path / "site/resnet/m/r/data/summary.csv"
    path.write_text(path.read_text().replace("imported", "equivalent", 1))
    result = scalebench("verify", tmp_path / "site/resnet/m/r", "--site", tmp_path / "site")
    assert result.returncode == 3
    assert "1 differ" in result.stdout


def test_the_page_says_what_it_is_and_what_local_and_remote_were(imported: Path) -> None:
    data = page_data(imported)
    text = json.dumps(data, ensure_ascii=False)
    assert data["notice"]["kind"] == "imported"  # type: ignore[index]
    assert "rows whose placement is 'remote' (benchmark resnet_remote_script)" in text
    assert "memory of the other node" in text
    assert "Each throughput is the batch over the mean latency" in text
    assert data["date"] == "2023-05-31"
    assert "A study, https://example.org" in text
    assert "latency.csv" in text
    assert "exploratory" not in text
    assert not re.search(r"\d+ blocks?\b", text)


def test_charts_have_a_range_that_is_no_interval_and_say_what_was_not_measured(
    imported: Path,
) -> None:
    page = imported / "site/resnet/m/r"
    points = read_chart_values(page / "resnet-latency-8.png")["points"]
    assert {(p["low"], p["high"]) for p in points} == {(None, None)}
    local = next(p for p in points if (p["arm"], p["threads"]) == ("local", 1))
    assert (local["least"], local["value"], local["most"]) == (576, 640, 960)
    missing = read_chart_values(page / "resnet-latency-ratio-4.png")["points"]
    assert {p["value"] for p in missing} == {None}
    assert {p["verdict"] for p in missing} == {"not measured"}


def test_the_same_import_again_changes_no_byte_and_another_is_refused(imported: Path) -> None:
    run = imported / "data/m/r"
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    assert sorted(before) == ["aggregates.parquet", "run.json"]
    again = import_packrat(imported, *STUDY)
    assert again.returncode == 0
    other = import_packrat(imported, "--comment", "another")
    assert other.returncode == 3
    assert "give another --run" in other.stderr
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_newer_files_are_imported_with_arms_and_where(tmp_path: Path) -> None:
    write_new(tmp_path)
    bare = import_packrat(tmp_path)
    assert bare.returncode == 2
    assert "--arms COLUMN=REMOTE/LOCAL" in bare.stderr
    arms = ("--arms", "allocator=tcmalloc/default")
    several = import_packrat(tmp_path, *arms)
    assert several.returncode == 3
    assert "--where instance_id=0" in several.stderr
    assert not (tmp_path / "data").exists()
    assert import_packrat(tmp_path, *arms, "--where", "instance_id=0").returncode == 0
    info = json.loads((tmp_path / "data/m/r/run.json").read_text())
    words = "rows whose allocator is 'default' (benchmark resnet_manual_none): imported"
    assert info["placement"]["local"].startswith(words)
    text = scalebench("summary", tmp_path / "data/m/r", "--format", "csv").stdout
    measured = [row for row in csv.DictReader(io.StringIO(text)) if row["verdict"] == "imported"]
    assert {row["batch_size"] for row in measured} == {"16"}


def test_numbers_of_another_model_are_not_shown_under_this_ones_name(tmp_path: Path) -> None:
    for path in write_old(tmp_path):
        path.write_text(path.read_text().replace("resnet_", "bert_"))
    refused = import_packrat(tmp_path)
    assert refused.returncode == 3
    assert "rows of 'bert', which is not 'resnet50'" in refused.stderr
    assert import_packrat(tmp_path, "--model", "bert").returncode == 0


@pytest.mark.parametrize(
    ("options", "exit_code", "words"),
    [
        (("--arms", "placement"), 2, "'placement' is not COLUMN=REMOTE/LOCAL"),
        (("--arms", "placement=remote/remote"), 2, "is not COLUMN=REMOTE/LOCAL"),
        (("--date", "May 2023"), 2, "--date: 'May 2023' is not a date"),
        (("--where", "topology"), 2, "'topology' is not COLUMN=VALUE"),
        (("--run", "../../x"), 2, "--run: '../../x'"),
        (("--machine", "{{x}}"), 2, "--machine: '{{x}}'"),
    ],
)
def test_flags_that_cannot_be_used_are_one_clear_message(
    tmp_path: Path, options: tuple[str, ...], exit_code: int, words: str
) -> None:
    write_old(tmp_path)
    result = import_packrat(tmp_path, *options)
    assert result.returncode == exit_code
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_broken_file_leaves_no_run(tmp_path: Path) -> None:
    latency, _ = write_old(tmp_path)
    latency.write_bytes(latency.read_bytes()[:-20])
    result = import_packrat(tmp_path)
    assert result.returncode == 3
    assert re.search(r"latency\.csv, line 31, column '.*'", result.stderr)
    assert not (tmp_path / "data").exists()


def test_an_imported_run_has_no_blocks_to_compare(imported: Path, tmp_path: Path) -> None:
    other = make_run(tmp_path / "other", 1)
    result = scalebench("compare", other.path, imported / "data/m/r")
    assert result.returncode == 3
    assert "is imported: it has means and no blocks" in result.stderr
