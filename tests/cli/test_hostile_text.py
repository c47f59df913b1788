"""A hostile comment goes through measuring, reporting and Jekyll, and is shown as it was typed."""

import html
import shutil
from pathlib import Path

from tests.cli.command import ROOT, STUB, contents, scalebench
from tests.needs import need
from tests.site.conftest import jekyll

PIECES = (
    "{{ site.title }}",
    "{% include x %}",
    "{% raw %}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"'&amp;",
    "\\u0000 %00",
    "[link](javascript:alert(1))",
    "| --- |",
)
COMMENT = "\n---\n".join(PIECES) + "\r\n\x1b[31m\x07"
SHOWN = " --- ".join(PIECES)


def test_a_hostile_comment_is_shown_verbatim_and_injects_nothing(
    place: Path, tmp_path: Path
) -> None:
    need("bundle", "jekyll")
    (place / "Gemfile").write_bytes((ROOT / "Gemfile").read_bytes())
    jekyll(place)
    plain = {path.relative_to(place) for path in contents(place / "site/_site")}
    name = ("--data", place / "data", "--machine", "m", "--run", "r")
    assert scalebench("remove", place / "data/m/r", "--site", place / "site").returncode == 0
    shutil.rmtree(place / "data/m/r")
    assert scalebench(*STUB, *name, "--comment", COMMENT).returncode == 0
    assert scalebench("report", *name[:2], "--site", place / "site").returncode == 0
    jekyll(place)
    assert {path.relative_to(place) for path in contents(place / "site/_site")} == plain
    page = (place / "site/_site/stub/m/r/index.html").read_text()
    assert SHOWN in html.unescape(page)
    for tag in ("<script>alert", "<img src=x", '<a href="javascript:'):
        assert tag not in page
    assert "\x1b" not in page


def test_a_very_long_comment_is_kept_whole_and_shown_cut(place: Path) -> None:
    long = "long " * 4000
    assert scalebench("remove", place / "data/m/r", "--site", place / "site").returncode == 0
    shutil.rmtree(place / "data/m/r")
    name = ("--data", place / "data", "--machine", "m", "--run", "r")
    assert scalebench(*STUB, *name, "--comment", long).returncode == 0
    assert long in (place / "data/m/r/run.json").read_text()
    assert scalebench("report", *name[:2], "--site", place / "site").returncode == 0
    data = (place / "site/_data/scalebench/pages/stub/m/r.json").read_text()
    assert f"{long[:499].rstrip()}…" in data
    assert long[:501] not in data
