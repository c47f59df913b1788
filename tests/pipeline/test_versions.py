"""Two runs are of one measuring code by its version; a page is written anew for another version."""

from pathlib import Path

import pytest

from bench.pipeline.report import report
from bench.records import RunInfo, differences
from bench.store.schema import MEASURING_VERSION, PAGE_VERSION
from tests.page.factory import make_info
from tests.store.factory import make_run

NOW = make_info(measuring_version=MEASURING_VERSION, code_digest="")
OLDER = make_info(measuring_version=None, code_digest="a2e70e99d7c9")


def test_a_run_without_a_version_has_the_digest_of_its_code_for_one() -> None:
    assert (NOW.code, OLDER.code) == (f"version {MEASURING_VERSION}", "a2e70e99d7c9")


@pytest.mark.parametrize("run", [NOW, OLDER])
def test_a_run_of_the_same_version_has_no_other_code(run: RunInfo) -> None:
    assert differences(run, run) == []


@pytest.mark.parametrize(
    "stored",
    [
        OLDER,
        make_info(measuring_version=MEASURING_VERSION + 1, code_digest=""),
    ],
)
def test_a_run_of_another_version_is_of_another_code(stored: RunInfo) -> None:
    assert differences(stored, NOW) == ["the measuring code"]


def test_a_page_is_written_anew_for_another_version_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.pipeline.report.render_all", lambda _: {})
    site = tmp_path / "site"
    site.mkdir()
    (site / "_config.yml").touch()
    make_run(tmp_path / "data" / "m" / "r", 1, machine="m")
    (page,) = report([], tmp_path / "data", site)
    assert report([], tmp_path / "data", site) == []
    monkeypatch.setattr("bench.publish.page.PAGE_VERSION", PAGE_VERSION + 1)
    assert report([], tmp_path / "data", site) == [page]
