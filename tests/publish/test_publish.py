"""Publishing into a site: whole files, nothing foreign touched, nothing outside."""

import json
import os
from pathlib import Path

import pytest

from bench.errors import DataError, HostError
from bench.publish import PageKey, page_inputs_digest, publish_page, publish_runs
from tests.page.factory import make_info, make_page

Snapshot = dict[str, tuple[int, bytes]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    root.mkdir()
    (root / "_config.yml").write_text("title: x\n")
    return root


def snapshot(root: Path) -> Snapshot:
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def publish(site: Path, run: str = "first") -> Path:
    files, data, key = make_page(make_info(run=run))
    folder = publish_page(site, files, data, key)
    publish_runs(site)
    return folder


def test_a_page_is_published_with_its_data_and_listed(site: Path) -> None:
    folder = publish(site)
    assert folder == site / "resnet" / "box-2c" / "first"
    assert len(list(folder.glob("*.png"))) == 28
    assert (site / "_data" / "pages" / "resnet" / "box-2c" / "first.json").is_file()
    (listed,) = json.loads((site / "_data" / "runs.json").read_text())
    assert (listed["prefix"], listed["machine"], listed["run"]) == ("resnet", "box-2c", "first")
    assert page_inputs_digest(site, PageKey("resnet", "box-2c", "first")) == "d1"


def test_publishing_again_touches_no_file(site: Path) -> None:
    publish(site)
    before = snapshot(site)
    publish(site)
    assert snapshot(site) == before


def test_only_files_that_were_published_before_are_removed(site: Path) -> None:
    folder = publish(site)
    (folder / "notes.txt").write_text("mine")
    files, data, key = make_page(make_info(batch_sizes=(1, 16)))
    del files["data/cells.csv"]
    publish_page(site, files, data, key)
    assert {p.name for p in folder.glob("*.png")} == {n for n in files if n.endswith(".png")}
    assert (folder / "notes.txt").read_text() == "mine"
    assert not (folder / "data").exists()


def test_a_list_of_written_files_that_leads_elsewhere_removes_nothing_there(site: Path) -> None:
    publish(site)
    data_path = site / "_data" / "pages" / "resnet" / "box-2c" / "first.json"
    data = json.loads(data_path.read_text())
    data["written"] += ["../../../_config.yml", "/etc/hostname", 7]
    data_path.write_text(json.dumps(data))
    publish(site)
    assert (site / "_config.yml").is_file()
    assert json.loads(data_path.read_text())["written"] == sorted(make_page(make_info())[0])


def test_runs_are_listed_newest_first_and_a_removed_page_leaves_the_list(site: Path) -> None:
    key = PageKey("resnet", "box-2c", "later")
    for run in ("first", "later"):
        files, data, _ = make_page(make_info(run=run), started_at=f"2024-06-0{len(run) % 5}T00:00")
        publish_page(site, files, data, key._replace(run=run))
    publish_runs(site)
    runs = [run["created_at"] for run in json.loads((site / "_data" / "runs.json").read_text())]
    assert runs == sorted(runs, reverse=True)
    (site / "resnet" / "box-2c" / "later" / "index.markdown").unlink()
    publish(site)
    assert [r["run"] for r in json.loads((site / "_data" / "runs.json").read_text())] == ["first"]


def test_a_page_that_is_not_whole_has_no_digest(site: Path) -> None:
    key = PageKey("resnet", "box-2c", "first")
    assert page_inputs_digest(site, key) is None
    folder = publish(site)
    (folder / "resnet-latency-1.png").unlink()
    assert page_inputs_digest(site, key) is None
    publish(site)
    (site / "_data" / "pages" / "resnet" / "box-2c" / "first.json").write_text("{")
    assert page_inputs_digest(site, key) is None


def test_a_folder_that_is_no_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no _config\.yml"):
        publish(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["..", "a/b", "", "a b", "{{x}}", "<b>", "_data", "é", "x\n"])
def test_a_hostile_name_is_refused_before_anything_is_written(site: Path, name: str) -> None:
    files, data, _ = make_page(make_info())
    for key in (PageKey(name, "m", "r"), PageKey("p", name, "r"), PageKey("p", "m", name)):
        with pytest.raises(DataError):
            publish_page(site, files, data, key)
    assert [path.name for path in site.rglob("*")] == ["_config.yml"]


@pytest.mark.parametrize("name", ["../x", "/x", "a/b/c", ".x", "a//b", "data/../../x", "x\ny"])
def test_a_file_that_would_leave_its_folder_is_refused(site: Path, name: str) -> None:
    with pytest.raises(DataError):
        publish_page(site, {name: b""}, "{}", PageKey("p", "m", "r"))
    assert [path.name for path in site.rglob("*")] == ["_config.yml"]


def test_a_link_that_leads_out_of_the_site_is_refused(site: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (site / "resnet").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="leads out of"):
        publish(site)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110
def test_a_full_disk_is_told_with_the_file_and_leaves_no_half_of_it(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_descriptor: int) -> None:
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"one more byte")

    monkeypatch.setattr("bench.store.files.os.fsync", fill)
    with pytest.raises(HostError, match="No space left"):
        publish(site)
    assert [path.name for path in site.rglob("*") if path.is_file()] == ["_config.yml"]
