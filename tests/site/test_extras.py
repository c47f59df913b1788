"""The extra charts on a built page: below its own ones, with their words, without a fault."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench.charts.catalog import extra_charts
from bench.charts.render import render_all
from bench.publish import publish_runs, put_page
from bench.stats.results import Results
from tests.charts.extra_factory import NAMES, make_rich_summary, make_strips
from tests.needs import need
from tests.page.factory import make_info, make_page
from tests.site.audit import Watch, picture_faults
from tests.site.conftest import PAGE, ROOT, check_html, jekyll, make_checkout
from tests.site.serving import served

REPORT = PAGE.removesuffix("index.html")
_, *BELOW = NAMES
VIEWS = [(320, "light"), (390, "dark"), (1366, "light")]


@pytest.fixture(scope="module")
def richer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a built site whose first page has the extra charts."""
    need("bundle", "jekyll")
    folder = make_checkout(tmp_path_factory.mktemp("richer"))
    summary = make_rich_summary()
    strips = make_strips(summary)
    made = make_page(make_info(), summary, strips=strips)
    drawn = render_all(extra_charts(Results(summary, strips=strips)))
    put_page(folder / "site", *made._replace(pictures={**made.pictures, **drawn}))
    publish_runs(folder / "site")
    jekyll(folder)
    return folder / "site" / "_site"


@pytest.fixture(scope="module")
def richer_address(richer: Path) -> Iterator[str]:
    """Return where that site is served."""
    with served(richer) as address:
        yield address


def test_extra_charts_come_after_the_page_s_own_and_the_contents_lead_to_them(richer: Path) -> None:
    text = (richer / PAGE).read_text()
    places = [text.index(f'<figure id="more-{name}"') for name in BELOW]
    assert places == sorted(places)
    assert text.index('<figure id="resnet-throughput-ratio-64"') < text.index('id="more-charts"')
    assert text.index('id="more-charts"') < places[0] < text.index('id="run"')
    assert text.count('<a href="#more-charts">More charts</a>') == 1
    pair = [text.index(f'<figure id="lead-{name}"') for name in ("overhead", "components")]
    assert pair == sorted(pair)
    assert pair[1] < text.index('id="summary"')


def test_a_page_without_extra_charts_does_not_speak_of_them(richer: Path) -> None:
    assert "more-charts" not in (richer / "stub/box-2c/hostile/index.html").read_text()


def test_the_text_of_the_page_knows_nothing_of_them(richer: Path) -> None:
    text = (richer.parent / PAGE.replace(".html", ".markdown")).read_text()
    assert text == (ROOT / "tests" / "golden" / "index.markdown").read_text()


def test_every_extra_chart_is_a_whole_picture_with_words(richer: Path) -> None:
    check_html(richer / REPORT, root=richer)
    pictures = re.findall(r'<img src="\./more-([^>]+)>', (richer / PAGE).read_text())
    assert [picture.partition(".png")[0] for picture in pictures] == BELOW
    for name, picture in zip(BELOW, pictures, strict=True):
        with Image.open(richer / REPORT / f"more-{name}.png") as image:
            image.load()
            assert f'width="{image.width}" height="{image.height}"' in picture


@pytest.mark.parametrize("tab", VIEWS, indirect=True, ids=lambda view: f"{view[0]}-{view[1]}")
def test_the_page_has_no_fault_at_any_width_and_in_any_theme(tab: Any, richer_address: str) -> None:
    watch = Watch(tab, richer_address)
    tab.goto(richer_address + REPORT)
    assert watch.faults() == []


def test_an_extra_chart_opens_and_closes_like_the_others(tab: Any, richer_address: str) -> None:
    tab.goto(richer_address + REPORT)
    tab.focus("#more-attribution a.zoom")
    tab.keyboard.press("Enter")
    large = tab.locator("dialog[open] img")
    assert large.get_attribute("src").endswith("/more-attribution.png")
    tab.keyboard.press("ArrowLeft")
    assert large.get_attribute("src").endswith("/resnet-throughput-ratio-64.png")
    tab.keyboard.press("Escape")
    tab.wait_for_function("!document.querySelector('dialog').open")


@pytest.mark.parametrize("tab", [(390, "light"), (1366, "dark")], indirect=True)
def test_extra_charts_are_printed_too(tab: Any, richer_address: str) -> None:
    tab.goto(richer_address + REPORT)
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert picture_faults(tab, 29 + len(NAMES)) == []
    assert tab.locator(".details details").count() > 1
    assert tab.locator(".details details:not([open])").count() == 0
    sizes = "['.cells .range', '.cells td'].map(s => getComputedStyle(document.querySelector(s)))"
    of_range, of_cell = tab.evaluate(f"{sizes}.map(style => parseFloat(style.fontSize))")
    assert of_range < of_cell
