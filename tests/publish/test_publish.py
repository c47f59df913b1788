"""Publishing into a site: whole files, nothing foreign touched, nothing outside."""

import json
import os
from pathlib import Path

import pytest

from bench.errors import DataError, HostError
from bench.page.page import Page
from bench.page.render import PAGE_FILE
from bench.publish import PageKey, inputs_digest, page_inputs_digest, publish_runs, put_page
from bench.publish.files import to_json
from bench.publish.page import sha256
from bench.store.run import RunFile
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
    folder = put_page(site, *make_page(make_info(run=run)))
    publish_runs(site)
    return folder


def test_a_page_is_published_with_its_data_and_listed(site: Path) -> None:
    folder = publish(site)
    assert folder == site / "resnet" / "box-2c" / "first"
    assert len(list(folder.glob("*.png"))) == 28 + 2  # and those above them
    assert (site / "_data" / "scalebench" / "pages" / "resnet" / "box-2c" / "first.json").is_file()
    (listed,) = json.loads((site / "_data" / "scalebench" / "runs.json").read_text())
    assert (listed["prefix"], listed["machine"], listed["run"]) == ("resnet", "box-2c", "first")
    assert page_inputs_digest(site, PageKey("resnet", "box-2c", "first")) == inputs_digest([])


def test_publishing_again_touches_no_file(site: Path) -> None:
    publish(site)
    before = snapshot(site)
    publish(site)
    assert snapshot(site) == before


def test_only_files_that_were_published_before_are_removed(site: Path) -> None:
    folder = publish(site)
    (folder / "notes.txt").write_text("mine")
    key, page, pictures, _ = make_page(make_info(batch_sizes=(1, 16)))
    put_page(site, key, page._replace(texts={PAGE_FILE: ""}), pictures, ())
    assert {p.name for p in folder.glob("*.png")} == pictures.keys()
    assert (folder / "notes.txt").read_text() == "mine"
    assert not (folder / "data").exists()


def test_a_list_of_written_files_that_leads_elsewhere_removes_nothing_there(site: Path) -> None:
    publish(site)
    data_path = site / "_data" / "scalebench" / "pages" / "resnet" / "box-2c" / "first.json"
    data = json.loads(data_path.read_text())
    data["written"] += ["../../../_config.yml", "/etc/hostname", 7]
    data_path.write_text(json.dumps(data))
    publish(site)
    assert (site / "_config.yml").is_file()
    made = make_page(make_info())
    written = json.loads(data_path.read_text())["written"]
    assert written == sorted({*made.page.texts, *made.pictures})


def test_runs_are_listed_newest_first_and_a_removed_page_leaves_the_list(site: Path) -> None:
    for run, date in (("later", "2024-06-05T00:00:00"), ("first", "2024-06-01T00:00:00")):
        put_page(site, *make_page(make_info(run=run, created_at=date)))
    publish_runs(site)
    runs = [
        run["created_at"]
        for run in json.loads((site / "_data" / "scalebench" / "runs.json").read_text())
    ]
    assert runs == sorted(runs, reverse=True)
    (site / "resnet" / "box-2c" / "later" / "index.markdown").unlink()
    publish(site)
    assert [
        r["run"] for r in json.loads((site / "_data" / "scalebench" / "runs.json").read_text())
    ] == ["first"]


def test_a_page_that_is_not_whole_has_no_digest(site: Path) -> None:
    key = PageKey("resnet", "box-2c", "first")
    assert page_inputs_digest(site, key) is None
    folder = publish(site)
    (folder / "resnet-latency-1.png").unlink()
    assert page_inputs_digest(site, key) is None
    publish(site)
    (site / "_data" / "scalebench" / "pages" / "resnet" / "box-2c" / "first.json").write_text("{")
    assert page_inputs_digest(site, key) is None


def test_a_folder_that_is_no_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no _config\.yml"):
        publish(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["..", "a/b", "", "a b", "{{x}}", "<b>", "_data", "é", "x\n"])
def test_a_hostile_name_is_refused_before_anything_is_written(site: Path, name: str) -> None:
    made = make_page(make_info())
    for key in (PageKey(name, "m", "r"), PageKey("p", name, "r"), PageKey("p", "m", name)):
        with pytest.raises(DataError):
            put_page(site, *made._replace(key=key))
    assert [path.name for path in site.rglob("*")] == ["_config.yml"]


@pytest.mark.parametrize("name", ["../x", "/x", "a/b/c", ".x", "a//b", "data/../../x", "x\ny"])
def test_a_file_that_would_leave_its_folder_is_refused(site: Path, name: str) -> None:
    with pytest.raises(DataError):
        put_page(site, PageKey("p", "m", "r"), Page({name: ""}, {}), {}, ())
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
    def fill(_temporary: Path, _path: Path) -> None:
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"one more byte")

    monkeypatch.setattr("bench.store.files.os.replace", fill)
    with pytest.raises(HostError, match="No space left"):
        publish(site)
    assert [path.name for path in site.rglob("*") if path.is_file()] == ["_config.yml"]


def test_data_survives_as_it_is_and_holds_no_tag() -> None:
    hostile = {"comment": "</script>{{ 7 | times: 6 }} ≥ ≈ & '"}
    text = to_json(hostile).decode()
    assert json.loads(text) == hostile
    assert not set("<>&'") & set(text)
    assert "≥" in text
    assert text.endswith("}\n")


def test_a_raw_file_is_copied_and_one_that_changed_meanwhile_is_refused(
    site: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "block-001.parquet"
    raw.write_bytes(b"rows")
    made = make_page(make_info())._replace(files=(RunFile(raw, 4, sha256(b"rows")),))
    folder = put_page(site, *made)
    assert (folder / "data" / raw.name).read_bytes() == b"rows"
    raw.write_bytes(b"wors")
    (folder / "data" / raw.name).unlink()
    with pytest.raises(DataError, match=r"block-001\.parquet changed while its page was made"):
        put_page(site, *made)
