"""Every page in a real browser: accessible, quiet, alone with its host, still, within its width."""

from typing import Any

import pytest

from tests.site.audit import Watch, picture_faults
from tests.site.conftest import PAGE

REPORT = PAGE.removesuffix("index.html")
PAGES = ("", "method/", "404.html", REPORT)
# Colours hardly depend on the width: both themes are tried at the width that shows most at once.
VIEWS = [(320, "light"), (390, "dark"), (1366, "light"), (1366, "dark")]
PLANTED = {
    "color-contrast": "document.querySelector('.answer').style.color = '#bbb'",
    "image-alt": "document.querySelector('figure img').removeAttribute('alt')",
    "page-has-heading-one": "document.querySelector('h1').outerHTML = '<p>x</p>'",
    "left in": "console.log('left in')",
    "asks https://elsewhere.example": "new Image().src = 'https://elsewhere.example/x.png'",
    " px wide in ": "document.querySelector('footer').style.minWidth = '2000px'",
    "shifts by": "document.querySelector('main').style.paddingTop = '500px'",
}


@pytest.mark.parametrize("tab", VIEWS, indirect=True, ids=lambda view: f"{view[0]}-{view[1]}")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page or "index")
def test_a_page_has_no_fault_at_any_width_and_in_any_theme(
    tab: Any, address: str, page: str
) -> None:
    watch = Watch(tab, address)
    tab.goto(address + page)
    assert watch.faults() == []


def test_a_page_with_a_hostile_comment_has_no_fault(tab: Any, address: str) -> None:
    watch = Watch(tab, address)
    tab.goto(address + "stub/box-2c/hostile/")
    assert watch.faults() == []


@pytest.mark.parametrize("tab", [(390, "light"), (1366, "light")], indirect=True)
def test_an_open_chart_and_open_contents_have_no_fault(tab: Any, address: str) -> None:
    watch = Watch(tab, address)
    tab.goto(address + REPORT)
    if not tab.locator("nav .chips").first.is_visible():
        tab.click("details.toc summary")
    assert watch.faults() == []
    tab.click("#resnet-latency-1 a.zoom")
    assert watch.faults() == []


def test_planted_faults_are_found(tab: Any, address: str) -> None:
    watch = Watch(tab, address)
    tab.goto(address + REPORT)
    for fault in PLANTED.values():
        tab.evaluate(f"() => {{ {fault} }}")
    found = watch.faults()
    assert [words for words in PLANTED if not any(words in fault for fault in found)] == []


def test_the_keyboard_skips_to_the_content(tab: Any, address: str) -> None:
    tab.goto(address + REPORT)
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('main') !== null")


def test_a_chart_opens_with_enter_and_closes_with_escape_and_gives_the_focus_back(
    tab: Any, address: str
) -> None:
    tab.goto(address + REPORT)
    tab.focus("#resnet-latency-1 a.zoom")
    tab.keyboard.press("Enter")
    large = tab.locator("dialog[open] img")
    assert large.get_attribute("src").endswith("/resnet-latency-1.png")
    tab.keyboard.press("ArrowRight")
    assert large.get_attribute("src").endswith("/resnet-latency-2.png")
    tab.keyboard.press("Escape")
    tab.wait_for_function("!document.querySelector('dialog').open")
    tab.wait_for_function("document.activeElement.closest('figure').id === 'resnet-latency-2'")


@pytest.mark.parametrize("width", [700, 900, 1024, 1366])
def test_the_tiles_leave_no_grey_slab(tab: Any, address: str, width: int) -> None:
    tab.set_viewport_size({"width": width, "height": 768})
    tab.goto(address + REPORT)
    for media in ("screen", "print"):
        tab.emulate_media(media=media)
        colour = "getComputedStyle(document.querySelector('.figures')).backgroundColor"
        assert tab.evaluate(colour) == "rgba(0, 0, 0, 0)"


def test_an_enlarged_chart_is_seen_as_a_whole(tab: Any, address: str) -> None:
    tab.set_viewport_size({"width": 1366, "height": 768})
    tab.goto(address + REPORT)
    tab.click("#resnet-latency-1 a.zoom")
    box = tab.locator("dialog[open] img").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 768


@pytest.mark.parametrize("tab", [(360, "light")], indirect=True)
def test_a_phone_shows_the_answer_before_anything_is_scrolled(tab: Any, address: str) -> None:
    tab.set_viewport_size({"width": 360, "height": 740})
    for page in ("", REPORT):
        tab.goto(address + page)
        box = tab.locator(".answer").first.bounding_box()
        assert box["y"] + box["height"] <= 740
        assert tab.evaluate("scrollY") == 0


def test_the_chosen_theme_is_kept_on_the_next_page_and_over_a_reload(
    tab: Any, address: str
) -> None:
    tab.goto(address)
    tab.click("button.theme")
    for _ in range(2):
        tab.goto(address + REPORT)
        assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
        assert tab.locator("button.theme").get_attribute("aria-pressed") == "true"
        tab.reload()


@pytest.mark.parametrize("tab", [(390, "light"), (1366, "dark")], indirect=True)
def test_every_picture_is_there_when_the_page_is_printed(tab: Any, address: str) -> None:
    tab.goto(address + REPORT)
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert picture_faults(tab, 29) == []
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_picture_that_does_not_come_is_missed_in_print(tab: Any, address: str) -> None:
    tab.route("**/resnet-latency-64.png", lambda route: route.abort())
    tab.goto(address + REPORT)
    assert picture_faults(tab, 29) == ["shows 28 pictures, not 29"]


def test_the_page_works_without_script(scriptless: Any, address: str) -> None:
    tab = scriptless.new_page()
    tab.goto(address + REPORT)
    assert picture_faults(tab, 29) == []
    assert tab.locator(".answer").is_visible()
    assert tab.locator("table.cells tbody tr").count() == 14
    assert tab.locator("button.theme").is_hidden()  # it would do nothing
    assert tab.locator("main").bounding_box()["x"] < 60  # no empty column beside it
    assert not tab.locator("nav .chips").first.is_visible()
    tab.click("details.toc summary")
    assert tab.locator("nav .chips").first.is_visible()
    tab.click("#resnet-latency-1 a.zoom")
    assert tab.url.endswith("/resnet-latency-1.png")
    tab.close()
