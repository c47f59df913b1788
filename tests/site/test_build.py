"""The built site: what a browser is given."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.needs import need, need_html_checker
from tests.site.conftest import PAGE, ROOT, jekyll, run

HOSTILE_PAGE = "stub/box-2c/hostile/index.html"
FOREIGN_LOCK = """\
GEM
  remote: https://elsewhere.example/
  specs:
    jekyll (4.99.0)

PLATFORMS
  ruby

DEPENDENCIES
  jekyll (~> 4.3)
"""
TEMPLATES = [
    path for kind in ("_layouts", "_includes") for path in (ROOT / "site" / kind).rglob("*.html")
]
# What is printed as it is: the text of the page, which Jekyll has made HTML of, and pieces of it;
# and the parts of an address, a title or a description, which is escaped as a whole.
HTML_ALREADY = {
    "scalebench-base.html": {
        "content",
        *("data.heading", "data.run", "page.title", "at[2]", "at[3]"),
        *("data.answer", "site.data.scalebench.front.answer", "page.description"),
        *("page.dir", "data.card[0].file"),
    },
    "scalebench-page.html": {"content"},
    "headings.html": {"include.html"},
    "toc.html": {"level", "id", "text[1]", "name", "size"},
    "charts.html": {"group", "t"},
    "figure.html": {"html", "include.name", "include.id", "include.alt"},
    "scalebench.html": {"notice"},
    "summary.html": {"rows", "id"},
    "runs.html": {"run.prefix", "run.machine", "run.run"},
    "front.html": {"place.prefix", "place.machine", "place.run"},
    "sent.html": {"run.prefix", "run.machine", "run.run"},
}


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


def test_all_pictures_have_a_size_and_those_of_the_text_wait_until_they_are_seen(
    built: Path,
) -> None:
    pictures = Pictures((built / PAGE).read_text()).found
    assert len(pictures) == 29
    assert all((p["width"], p["height"]) == ("1280", "800") for p in pictures)
    assert sum(p.get("loading") == "lazy" for p in pictures) == 28


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
    assert text.index("With 2 threads, remote adds ") < text.index('id="summary"')
    assert text.index("lead-overhead") < text.index('id="summary"')
    start = text.index('id="summary"')
    summary = text[start : text.index("<figure", start)]
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


def test_each_chart_and_each_row_of_the_summary_can_be_linked_to(built: Path) -> None:
    text = (built / PAGE).read_text()
    ids = set(re.findall(r' id="([^"]+)"', text))
    anchors = re.findall(r'class="anchor" href="#([^"]+)"', text)
    rows = re.findall(r'href="#(cell-\d+-\d+)"', text)
    assert (len(set(anchors)), len(set(rows))) == (29, 14)
    assert {*anchors, *rows} <= ids


def test_each_chart_has_its_picture_and_its_numbers_to_download(built: Path) -> None:
    page = built / PAGE
    files = re.findall(r'<a href="\./([^"]+)" download>(PNG|CSV)</a>', page.read_text())
    assert [kind for _, kind in files] == ["PNG", "CSV"] * 29
    for name, kind in files:
        content = (page.parent / name).read_bytes()
        assert content.startswith(b"\x89PNG" if kind == "PNG" else b"kind,")


def test_a_page_says_what_it_is_where_somebody_links_to_it(built: Path) -> None:
    text = (built / PAGE).read_text()
    told = dict(re.findall(r'<meta property="og:([^"]+)" content="([^"]*)">', text))
    assert told["title"].startswith("ResNet50 on the same machine")
    assert told["description"].startswith("With 2 threads, remote adds ")
    assert told["image"].endswith("/card.png")
    assert (built / PAGE).parent.joinpath("card.png").is_file()
    assert told["image:alt"].startswith(told["title"].rpartition(", ")[0])
    front = (built / "index.html").read_text()
    assert 'property="og:description" content="A remote worker adds to the local latency' in front


def test_the_feed_has_an_entry_a_run_with_its_answer(built: Path) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ET.fromstring((built / "feed.xml").read_text())  # noqa: S314 - our own
    entries = feed.findall(f"{atom}entry")
    assert len(entries) == 2
    ids = [each.findtext(f"{atom}id") for each in (feed, *entries)]
    assert len(set(ids)) == 3
    said = [each.findtext(f"{atom}summary") or "" for each in entries]
    assert any(words.startswith("With 2 threads, remote adds ") for words in said)
    links = [link for each in entries for link in each.iter(f"{atom}link")]
    assert len(links) == 2
    assert all(link.get("href", "").endswith("/") for link in links)
    assert 'type="application/atom+xml"' in (built / PAGE).read_text()


def test_a_page_with_data_of_an_earlier_version_still_renders(
    checkout: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(checkout, tmp_path / "copy", ignore=shutil.ignore_patterns("_site"))
    for path in (copy / "site/_data/scalebench/pages").glob("*/*/*.json"):
        data = json.loads(path.read_text())
        data["lede"] = "The answer of an earlier version."
        for name in ("answer", "more", "heading", "lead", "card", "citation", "arms", "crossover"):
            data.pop(name)
        for image in data["images"].values():
            image.pop("csv")
        data["table"].pop("ticks")
        path.write_text(json.dumps(data))
    runs = copy / "site/_data/scalebench/runs.json"
    listed = json.loads(runs.read_text())
    for each in listed:
        for name in ("heading", "group", "passes", "place", "overheads"):
            each.pop(name)
    runs.write_text(json.dumps(listed))
    (copy / "site/_data/scalebench/front.json").unlink()
    jekyll(copy, "--strict_front_matter")
    text = (copy / "site/_site" / PAGE).read_text()
    assert "The answer of an earlier version." in text
    assert len(Pictures(text).found) == 28
    assert text.count('<details class="points">') == 28
    run([*need_html_checker(), "--skip-non-html", "--Werror", str(copy / "site/_site")], copy)


def test_root_site_and_source_flag_build_the_same_tree(checkout: Path, tmp_path: Path) -> None:
    expected = tree(checkout / "site" / "_site")
    assert "index.html" in expected
    assert "method/index.html" in expected
    assert not any("readme" in name.lower() for name in expected)
    jekyll(checkout / "site", "--destination", str(tmp_path / "inside"))
    jekyll(checkout, "--source", "site", "--destination", str(tmp_path / "flag"))
    assert tree(tmp_path / "inside") == expected
    assert tree(tmp_path / "flag") == expected


def test_a_lock_that_another_machine_left_does_not_stop_the_build(
    checkout: Path, tmp_path: Path
) -> None:
    need("make")
    copy = shutil.copytree(checkout, tmp_path / "copy", ignore=shutil.ignore_patterns("_site"))
    shutil.copy(ROOT / "Makefile", copy)
    shutil.copytree(ROOT / ".ci", copy / ".ci")
    (copy / "Gemfile.lock").write_text(FOREIGN_LOCK)
    run(["make", "build"], copy, SETUP="0", MAKEFLAGS="")
    assert tree(copy / "site" / "_site") == tree(checkout / "site" / "_site")


def test_every_page_is_valid_html(built: Path) -> None:
    run([*need_html_checker(), "--skip-non-html", "--Werror", str(built)], built)


def test_templates_use_no_construct_that_only_liquid_5_has() -> None:
    sources = [*TEMPLATES, *(ROOT / "site").glob("*.html"), *(ROOT / "site" / "method").iterdir()]
    assert len(sources) > len(TEMPLATES) > 10
    for source in sources:
        text = source.read_text()
        assert not re.search(r"{%-?\s*((render|liquid|echo|doc)\b|#)", text), source
        filters = r"\|\s*(sum|reject|has|find_index|base64_\w+|replace_last|remove_last)\b"
        assert not re.search(filters, text), source


def test_every_string_that_a_template_prints_is_escaped() -> None:
    for source in TEMPLATES:
        for printed in re.findall(r"{{-?\s*(.*?)\s*-?}}", source.read_text()):
            subject, *filters = (part.strip() for part in printed.split("|"))
            safe = "escape" in filters or subject.startswith("'")
            assert safe or subject in HTML_ALREADY.get(source.name, ()), (source.name, printed)
