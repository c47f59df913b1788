"""The built site: what a browser is given."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.needs import need, need_html_checker
from tests.site.conftest import PAGE, ROOT, jekyll, run

HOSTILE_PAGE = "stub/box-2c/hostile/index.html"


class Pictures(HTMLParser):
    """Collects the attributes of all pictures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append(dict(attrs))


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_all_pictures_have_a_size_and_all_but_two_wait_until_they_are_seen(built: Path) -> None:
    pictures = Pictures((built / PAGE).read_text()).found
    assert len(pictures) == 28
    assert all((p["width"], p["height"]) == ("1280", "800") for p in pictures)
    assert sum(p.get("loading") == "lazy" for p in pictures) == 26


def test_no_picture_is_broken(built: Path) -> None:
    for picture in Pictures((built / PAGE).read_text()).found:
        assert (built / PAGE).parent.joinpath(str(picture["src"])).is_file()


def test_nothing_of_the_source_text_shines_through(built: Path) -> None:
    text = (built / PAGE).read_text()
    assert "<p float" not in text
    assert "{{" not in text
    assert 'width="100%"' not in text


def test_the_page_answers_first_and_shows_every_cell(built: Path) -> None:
    text = (built / PAGE).read_text()
    assert text.index("Running ResNet50 on the remote worker") < text.index('id="summary"')
    assert text.index('id="summary"') < text.index("<figure")
    summary = text[text.index('id="summary"') : text.index("<figure")]
    assert summary.count('class="whisker') == 14


@pytest.mark.parametrize("page", [HOSTILE_PAGE, "index.html"])
def test_a_hostile_comment_is_shown_and_does_nothing(built: Path, page: str) -> None:
    text = (built / page).read_text()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ site.title }} {% raw %}" in text


def test_a_smoke_run_says_that_it_is_no_measurement(built: Path) -> None:
    text = (built / HOSTILE_PAGE).read_text()
    assert "A smoke test, not a measurement" in text
    assert 'class="tag">smoke' in (built / "index.html").read_text()


def test_a_page_without_data_still_shows_its_charts(built: Path) -> None:
    text = (built / "resnet" / "no-data" / "bare" / "index.html").read_text()
    assert len(Pictures(text).found) == 28
    assert 'id="summary"' not in text


def test_root_site_and_source_flag_build_the_same_tree(checkout: Path, tmp_path: Path) -> None:
    expected = tree(checkout / "site" / "_site")
    assert "index.html" in expected
    assert "method/index.html" in expected
    assert not any("readme" in name.lower() for name in expected)
    jekyll(checkout / "site", "--destination", str(tmp_path / "inside"))
    jekyll(checkout, "--source", "site", "--destination", str(tmp_path / "flag"))
    assert tree(tmp_path / "inside") == expected
    assert tree(tmp_path / "flag") == expected


def test_links_hold_under_a_base_path(checkout: Path, tmp_path: Path) -> None:
    need("htmlproofer")
    jekyll(checkout, "--destination", str(tmp_path / "base"), "--baseurl", "/base")
    # The page without data has no pictures beside it; it is no page of ours.
    shutil.rmtree(tmp_path / "base" / "resnet" / "no-data")
    command = ["htmlproofer", str(tmp_path), "--disable-external", "--check-html"]
    run(command, tmp_path)


def test_every_page_is_valid_html(built: Path) -> None:
    run([*need_html_checker(), "--skip-non-html", "--Werror", str(built)], built)


def test_layouts_use_no_construct_that_only_liquid_5_has() -> None:
    sources = [*(ROOT / "site").glob("_*/*.html"), ROOT / "site" / "index.html"]
    for source in sources:
        assert not re.search(r"{%-?\s*(render|liquid|echo|doc)\b", source.read_text()), source


def test_every_data_string_of_the_layouts_is_escaped() -> None:
    names = "data|run|row|said|file|flag|figure|pair|word|placement|info.caption|include.loss"
    printed = rf"{{{{-?\s*(?:{names})\b[^}}]*}}}}"
    # Parts of an address, which is escaped as a whole.
    address = {"{{ run.prefix }}", "{{ run.machine }}", "{{ run.run }}"}
    for source in (ROOT / "site").glob("_*/*.html"):
        tags = set(re.findall(printed, source.read_text())) - address
        assert all("escape" in tag for tag in tags), (source.name, tags)
