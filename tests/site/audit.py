"""What is asked of a page in a browser: each question returns what is wrong, one text a fault."""

import time
from typing import Any

from tests.needs import need_module

SHIFT_MAX = 0.1  # "good" by the Core Web Vitals
_PICTURES_TIMEOUT_S = 30
_PICTURES = "[...document.querySelectorAll('figure img')]"
_WATCH_SHIFT = """
window.shift = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
_SCROLL_THROUGH = """
async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
  }
  scrollTo(0, 0);
}
"""


# What axe-core does of most pages is to parse the same few colours, thousands of times.
_REMEMBER_COLOURS = """
(() => {
  const kind = axe.commons.color.Color.prototype, parse = kind.parseString, known = new Map();
  kind.parseString = function (text) {
    if (known.has(text)) {
      [this.r, this.g, this.b, this.alpha] = known.get(text);
    } else {
      parse.call(this, text);
      known.set(text, [this.r, this.g, this.b, this.alpha]);
    }
    return this;
  };
})()
"""
_RUN_AXE = "axe.run({resultTypes: ['violations']}).then(results => results.violations)"


class Watch:
    """Hears what a tab says, asks for and moves, from its first page on.

    Parameters
    ----------
    tab : Page
        A new tab of Playwright's; requests to other hosts are stopped, and remembered.
    address : str
        The site's own address.
    """

    def __init__(self, tab: Any, address: str) -> None:
        self._tab = tab
        self._address = address
        self._said: list[str] = []
        self._asked: list[str] = []
        tab.on("console", lambda message: self._said.append(message.text))
        tab.on("pageerror", lambda error: self._said.append(str(error)))
        tab.add_init_script(_WATCH_SHIFT)
        tab.route("**/*", self._route)

    def faults(self) -> list[str]:
        """Return everything that is wrong with the page shown, and forget it."""
        return self.disturbances() + sideways_faults(self._tab) + accessibility_faults(self._tab)

    def disturbances(self) -> list[str]:
        """Return what the page said, asked for and moved until all of it was seen; forget it."""
        self._tab.evaluate(_SCROLL_THROUGH)
        found = [*self._said, *(f"asks {url}" for url in self._asked)]
        self._said.clear()
        self._asked.clear()
        shift = self._tab.evaluate("window.shift")
        if shift >= SHIFT_MAX:
            found.append(f"shifts by {shift:.2f}")
        return found

    def _route(self, route: Any) -> None:
        url = route.request.url
        if url.startswith((self._address, "data:")):
            route.continue_()
        else:
            self._asked.append(url)
            route.fulfill(status=200, body="")


def accessibility_faults(tab: Any) -> list[str]:
    """Return the rules of axe-core that the page breaks, and where."""
    if not tab.evaluate("'axe' in window"):
        tab.evaluate(need_module("axe_playwright_python.base").AXE_SCRIPT)
        tab.evaluate(_REMEMBER_COLOURS)
    return [
        f"{rule['id']}: {rule['help']} ({rule['nodes'][0]['target']})"
        for rule in tab.evaluate(_RUN_AXE)
    ]


def sideways_faults(tab: Any) -> list[str]:
    """Return whether the page is wider than its window."""
    widths = tab.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    return [f"is {widths[0]} px wide in {widths[1]} px"] if widths[0] > widths[1] else []


def picture_faults(tab: Any, count: int) -> list[str]:
    """Return whether fewer than ``count`` charts are drawn, once all have come that will."""
    give_up = time.monotonic() + _PICTURES_TIMEOUT_S
    while tab.evaluate(f"{_PICTURES}.some(i => !i.complete)") and time.monotonic() < give_up:
        tab.wait_for_timeout(50)  # a quiet network may be one that was not asked yet
    drawn = tab.evaluate(f"{_PICTURES}.filter(i => i.complete && i.naturalWidth).length")
    return [] if drawn == count else [f"shows {drawn} pictures, not {count}"]
