"""A disk that is full or may not be written: what was there stays, and the message says which."""

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.command import STUB, check_refused, contents, scalebench
from tests.mounting import mounted

STICK = ("-t", "tmpfs", "-o")


def fill(disk: Path, left_bytes: int) -> None:
    """Leave only ``left_bytes`` of a disk free."""
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    (disk / "ballast").write_bytes(bytes(free - left_bytes))


def test_a_disk_that_fills_while_measuring_keeps_what_was_measured(
    pristine: Path, tmp_path: Path
) -> None:
    with mounted(tmp_path / "disk", *STICK, "size=2m", "tmpfs") as disk:
        shutil.copytree(pristine / "data", disk / "data")
        fill(disk, 2 * 4096)
        before = contents(disk / "data")
        result = scalebench(*STUB, "--data", disk / "data", "--machine", "m", "--run", "second")
        check_refused(result, 4, str(disk / "data/m/second"), "No space left", "Make room")
        after = contents(disk / "data")
        assert {path: after[path] for path in before} == before
        assert not [path for path in after if path.suffix == ".tmp"]


def test_a_run_whose_disk_was_full_goes_on_once_there_is_room(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", *STICK, "size=2m", "tmpfs") as disk:
        names = ("--data", disk / "data", "--machine", "m", "--run", "r")
        quick = (*STUB, *names, "--preset", "quick")
        assert scalebench(*quick, "--minutes", "0.01").returncode == 0  # one block
        fill(disk, 4096)
        before = contents(disk / "data")
        check_refused(scalebench(*quick), 4, str(disk / "data/m/r"), "No space left", "Make room")
        after = contents(disk / "data")
        assert {path for path in after if path.suffix == ".tmp"} == set()
        assert {path.name for path in after} == {path.name for path in before}
        block = disk / "data/m/r/block-001.parquet"
        assert after[block] == before[block]
        (disk / "ballast").unlink()
        assert scalebench(*quick).returncode == 0
        assert block.read_bytes() == before[block]
        assert (block.parent / "block-003.parquet").exists()


def test_a_disk_that_fills_while_reporting_leaves_only_whole_files(
    pristine: Path, tmp_path: Path
) -> None:
    with mounted(tmp_path / "disk", *STICK, "size=2m", "tmpfs") as disk:
        pages = shutil.ignore_patterns("stub", "runs.json", "front.json")
        shutil.copytree(pristine / "site", disk / "site", ignore=pages)
        shutil.copytree(pristine / "data", disk / "data")
        fill(disk, 16 * 4096)
        before = contents(disk)
        options = ("--data", disk / "data", "--site", disk / "site")
        check_refused(scalebench("report", *options), 4, str(disk / "site"), "No space left")
        after = contents(disk)
        assert {path: after[path] for path in before} == before
        # The lists of runs are there too, of the pages that are complete: none.
        lists = {disk / f"site/_data/{name}" for name in ("runs.json", "scalebench/front.json")}
        for path in after.keys() - before.keys() - lists:
            assert after[path] == (pristine / path.relative_to(disk)).read_bytes()
        (disk / "ballast").unlink()
        assert scalebench("report", *options).returncode == 0
        assert contents(disk / "site") == {
            disk / path.relative_to(pristine): content
            for path, content in contents(pristine / "site").items()
        }


def test_a_data_folder_that_cannot_be_written_is_refused_before_measuring(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", *STICK, "ro", "tmpfs") as disk:
        result = scalebench(*STUB, "--data", disk / "new" / "data")
        check_refused(result, 4, f"--data: {disk} cannot be written", "name a folder that can")


def test_a_site_that_cannot_be_written_is_named(place: Path) -> None:
    site = place / "site"
    shutil.rmtree(site / "stub")
    before = contents(site)
    with mounted(site, "--bind", "-o", "ro", str(site)):
        result = scalebench("report", "--data", place / "data", "--site", site)
    check_refused(result, 4, str(site), "Read-only", "give the right to write")
    assert contents(site) == before


@pytest.mark.parametrize("stands", ["data/n", "data/n/r"])
def test_a_file_in_the_way_of_a_run_is_named(untouched: Path, stands: str) -> None:
    way = untouched / stands
    way.parent.mkdir(exist_ok=True)
    way.write_text("mine")
    result = scalebench(*STUB, "--data", untouched / "data", "--machine", "n", "--run", "r")
    check_refused(result, 4, str(untouched / "data/n/r"), "give another folder")
    assert way.read_text() == "mine"
