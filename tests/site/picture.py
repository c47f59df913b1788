"""README's picture: the front page of a built site, as a browser shows it.

usage: python -m tests.site.picture [DIR]      DIR is what Jekyll built, site/_site
"""

import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from tests.needs import need_browser, need_module
from tests.site.serving import BROWSER_FLAGS, served

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / ".github" / "front.png"
SIZE_PX = (1366, 900)
COLOURS = 256


def take(browser: Any, url: str) -> bytes:
    """Return a picture of the top of a page as PNG, with few colours, so that it stays small."""
    width, height = SIZE_PX
    tab = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
    tab.goto(url, wait_until="networkidle")
    picture = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
    tab.close()
    file = io.BytesIO()
    picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(file, "PNG", optimize=True)
    return file.getvalue()


def main() -> None:
    """Take the picture anew."""
    built = Path(sys.argv[1] if len(sys.argv) > 1 else "site/_site")
    api = need_module("playwright.sync_api")
    with served(built) as address, api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=need_browser(), args=list(BROWSER_FLAGS)
        )
        PICTURE.write_bytes(take(browser, address))
        browser.close()


if __name__ == "__main__":
    main()
