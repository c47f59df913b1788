"""A site with two pages, built once by the real Jekyll."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.publish import publish_runs, put_page
from tests.conftest import Share
from tests.needs import need, need_browser, need_module
from tests.page.factory import make_info, make_page
from tests.site.generated import GENERATED
from tests.site.serving import BROWSER_FLAGS, served

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)</script> {{ site.title }} {% raw %} \"'&"
PAGE = "resnet/box-2c/first/index.html"


def run(command: list[str], folder: Path, **variables: str) -> None:
    """Run a program in a folder; what it says is shown if it fails."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def jekyll(folder: Path, *arguments: str) -> None:
    """Build the site as a person does who stands in ``folder``."""
    run(["bundle", "exec", "jekyll", "build", "--quiet", *arguments], folder)


def check_html(folder: Path, *, root: Path | None = None) -> None:
    """Check pictures, links and HTML below ``folder`` of a site that is served from ``root``."""
    need("htmlproofer")
    options = ["--disable-external", "--check-html", "--root-dir", str(root or folder)]
    run(["htmlproofer", str(folder), *options], folder)


def copy_site(folder: Path) -> Path:
    """Copy the Gemfile and the hand-written site; return where the site is."""
    shutil.copy(ROOT / "Gemfile", folder)
    return shutil.copytree(
        ROOT / "site", folder / "site", ignore=shutil.ignore_patterns(*GENERATED)
    )


def make_checkout(folder: Path) -> Path:
    """Copy the site, and publish two pages and an empty one."""
    site = copy_site(folder)
    notice = make_info("stub:5", (1, 2), smoke=True, run="hostile", comment=HOSTILE)
    for info in (make_info(), notice):
        put_page(site, *make_page(info, overlap=True))
    publish_runs(site)
    bare = site / "resnet" / "no-data" / "bare"
    bare.mkdir(parents=True)
    shutil.copy(site / PAGE.replace(".html", ".markdown"), bare)
    return folder


@pytest.fixture(scope="session")
def checkout(share: Share) -> Path:
    """Return a copy of the checkout's site with pages, built at ``site/_site``; change nothing."""
    need("bundle", "jekyll")
    return share("checkout", lambda folder: jekyll(make_checkout(folder), "--strict_front_matter"))


@pytest.fixture(scope="session")
def built(checkout: Path) -> Path:
    """Return the built site."""
    return checkout / "site" / "_site"


@pytest.fixture(scope="session")
def address(built: Path) -> Iterator[str]:
    """Return where the built site is served."""
    with served(built) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return a browser with a profile of its own."""
    program = need_browser()
    api: Any = need_module("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(BROWSER_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Any) -> Iterator[Any]:
    """Return what all tabs share, since to open it takes longer than to load a page."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture(scope="session")
def scriptless(browser: Any) -> Iterator[Any]:
    """Return a context whose tabs run no script."""
    context = browser.new_context(java_script_enabled=False)
    yield context
    context.close()


@pytest.fixture
def tab(context: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return a new tab of a width [px] and a colour scheme; what it stores is forgotten."""
    width, scheme = getattr(request, "param", (1366, "light"))
    tab = context.new_page()
    tab.set_viewport_size({"width": width, "height": 900})
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    yield tab
    tab.evaluate("localStorage.clear()")
    tab.close()
