"""The built site in a real browser: quiet, within its width, its pictures large on demand."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.needs import need_browser, need_module
from tests.site.conftest import PAGE

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGES = ("", "method/", "404.html", PAGE.removesuffix("index.html"), "stub/box-2c/hostile/")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def address(built: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(built))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    program = need_browser()
    api: Any = need_module("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, scheme = getattr(request, "param", (1366, "light"))
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    "tab",
    [(320, "light"), (390, "light"), (390, "dark"), (1366, "light"), (1366, "dark")],
    indirect=True,
)
def test_no_page_complains_scrolls_sideways_or_asks_another_host(tab: Any, address: str) -> None:
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    for page in PAGES:
        tab.goto(address + page)
        width = "document.documentElement"
        assert tab.evaluate(f"{width}.scrollWidth <= {width}.clientWidth"), page
    assert said == []
    assert [url for url in asked if not url.startswith(address)] == []


def test_a_chart_opens_large_and_gives_the_focus_back(tab: Any, address: str) -> None:
    tab.goto(address + PAGE)
    tab.click("#resnet-latency-1 a.zoom")
    large = tab.locator("dialog[open] img")
    assert large.get_attribute("src").endswith("/resnet-latency-1.png")
    tab.keyboard.press("ArrowRight")
    assert large.get_attribute("src").endswith("/resnet-latency-2.png")
    tab.keyboard.press("Escape")
    tab.wait_for_function("!document.querySelector('dialog').open")
    tab.wait_for_function("document.activeElement.closest('figure').id === 'resnet-latency-2'")


def test_the_chosen_theme_is_kept_on_the_next_page(tab: Any, address: str) -> None:
    tab.goto(address)
    tab.click("button.theme")
    tab.goto(address + PAGE)
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    assert tab.locator("button.theme").get_attribute("aria-pressed") == "true"


def test_every_picture_is_there_when_the_page_is_printed(tab: Any, address: str) -> None:
    tab.goto(address + PAGE)
    tab.emulate_media(media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tab.wait_for_function(
        "[...document.querySelectorAll('figure img')].every(i => i.complete && i.naturalWidth)"
    )
    assert tab.locator("figure img").count() == 28
