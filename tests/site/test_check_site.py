"""``scalebench check-site`` finds what a visitor would stumble over, and only that."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bench.errors import DataError
from bench.pipeline.check_site import check_site
from tests.charts.factory import draw_all, make_summary, unmeasured
from tests.site.conftest import PAGE, ROOT, jekyll

CHART = "resnet-latency-1.png"


@pytest.fixture
def whole(built: Path, tmp_path: Path) -> Path:
    """Return a copy of the built site, without the page that never had pictures."""
    site = tmp_path / "site"
    shutil.copytree(built, site)
    shutil.rmtree(site / "resnet" / "no-data")
    return site


def replace(old: str, new: str) -> Callable[[Path], None]:
    def plant(page: Path) -> None:
        text = page.read_text()
        assert old in text
        page.write_text(text.replace(old, new, 1))

    return plant


def shorten(page: Path) -> None:
    picture = page.with_name(CHART)
    picture.write_bytes(picture.read_bytes()[:-40])


def fatten(page: Path) -> None:
    Image.frombytes("RGB", (1280, 800), os.urandom(1280 * 800 * 3)).save(page.with_name(CHART))


def damage_style(page: Path) -> None:
    (page.parents[3] / "assets" / "scalebench" / "site.css").unlink()


def test_a_whole_site_has_no_fault(whole: Path) -> None:
    result = check_site(whole)
    assert result.faults == []
    assert result.page_count == 5


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (lambda page: page.with_name(CHART).unlink(), f"<img> './{CHART}' leads nowhere"),
        (shorten, f"<img> './{CHART}' does not decode"),
        (fatten, "bytes with what it loads, more than 1,500,000"),
        (replace('href="/method/"', 'href="/methods/"'), "<a> '/methods/' leads nowhere"),
        (replace('href="#summary"', 'href="#sumary"'), "<a> '#sumary' names no place"),
        (replace('href="/"', 'href="../../../../x"'), "leads out of the site"),
        (
            replace(f'src="./{CHART}"', f'src="https://elsewhere.example/{CHART}"'),
            "is absolute; use a relative address",
        ),
        (replace('href="/method/"', 'href="//elsewhere.example/"'), "is absolute"),
        (replace("</h1>", "</h1><h1>Again</h1>"), "has 2 h1, not one"),
        (replace("<h1>", "<p>"), "has 0 h1, not one"),
        (replace('alt="ResNet Latency BS=1"', ""), "has no alt text"),
        (replace('alt="ResNet Latency BS=1"', 'alt=" "'), "has no alt text"),
        (replace('width="1280"', ""), "has no width and height"),
        (replace('width="1280"', 'width="640"'), "is 1280x800 px, and stated as 640x800"),
        (damage_style, "<link> '/assets/scalebench/site.css' leads nowhere"),
    ],
)
def test_a_planted_fault_is_one_line_that_names_the_page(
    whole: Path, plant: Callable[[Path], None], words: str
) -> None:
    plant(whole / PAGE)
    faults = check_site(whole).faults
    assert any(fault.startswith(f"{PAGE}: ") and words in fault for fault in faults), faults
    assert all("\n" not in fault for fault in faults)


def test_links_are_followed_below_the_base_path_only(checkout: Path, tmp_path: Path) -> None:
    jekyll(checkout, "--destination", str(tmp_path / "site"), "--baseurl", "/name")
    shutil.rmtree(tmp_path / "site" / "resnet" / "no-data")
    assert check_site(tmp_path / "site", base="/name").faults == []
    assert check_site(tmp_path / "site", base="/name/").faults == []
    page = tmp_path / "site" / PAGE
    page.write_text(page.read_text().replace('href="/name/method/"', 'href="/method/"'))
    (fault,) = check_site(tmp_path / "site", base="/name").faults
    assert fault == f"{PAGE}: <a> '/method/' does not begin with the base path /name/"


def test_a_full_run_must_have_been_measured(whole: Path) -> None:
    page = whole / PAGE
    for name, picture in draw_all(make_summary()).items():
        page.with_name(name).write_bytes(picture)
    assert check_site(whole, measured_count=28).faults == []
    nothing = make_summary(batch_sizes=(4,), change=unmeasured)
    for name, picture in draw_all(nothing).items():
        page.with_name(name).write_bytes(picture)
    assert check_site(whole).faults == []
    (fault,) = check_site(whole, measured_count=28).faults
    assert fault == f"{PAGE}: 24 charts show a measurement, 28 are claimed"


def test_a_site_without_a_chart_has_not_been_measured(whole: Path) -> None:
    (fault,) = check_site(whole, measured_count=28).faults
    assert "no page has a chart" in fault


def test_only_the_pages_below_a_folder_are_checked_where_one_is_named(whole: Path) -> None:
    replace("</h1>", "</h1><h1>Again</h1>")(whole / "index.html")
    assert check_site(whole, under="resnet") == (1, [])
    assert len(check_site(whole).faults) == 1


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no page"):
        check_site(tmp_path)


def test_the_command_prints_one_line_a_fault_and_exits_with_3(whole: Path) -> None:
    def check(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bench", "check-site", str(whole), *options]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    done = check()
    assert (done.returncode, done.stdout) == (0, "5 pages checked, no fault\n")
    done = check("--measured", "28")
    assert done.returncode == 3
    assert "no page has a chart, 28 are claimed" in done.stderr
    (whole / PAGE).with_name(CHART).unlink()
    replace("</h1>", "</h1><h1>Again</h1>")(whole / PAGE)
    done = check()
    assert done.returncode == 3
    *faults, last = done.stderr.splitlines()
    assert len(faults) == 3  # the picture, the link to its large one, and the heading
    assert last.endswith("3 faults in 5 pages; see the lines above.")
