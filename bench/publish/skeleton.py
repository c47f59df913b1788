"""The layouts, includes and assets that a site needs to show our pages."""

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from bench.page.render import template_root
from bench.publish.files import os_errors_as_host_error, write_if_changed
from bench.publish.place import check_inside, check_site_folder

LAYOUT_FILE = "_layouts/scalebench.html"
RUNS_PAGE = "scalebench.html"
"""The list of runs in a user's own site, at /scalebench/."""
# All of them have our name, so that none replaces a file of the site or of its theme.
_PATTERNS = ("_layouts/scalebench", "_includes/scalebench/", "assets/scalebench/")


class Copied(NamedTuple):
    """Files by their path from the site: those written, and those that were there already."""

    written: list[str]
    same: list[str]
    different: list[str]


def skeleton_root() -> Traversable:
    """Return where the skeleton is: beside ``bench/`` in a checkout, else in the package."""
    checkout = Path(__file__).parents[2] / "site"
    if (checkout / LAYOUT_FILE).is_file():
        return checkout
    return resources.files("bench") / "_site"


def missing_layout(site: Path) -> bool:
    """Return whether ``layout: scalebench`` finds nothing in the site's own files."""
    return not (site / LAYOUT_FILE).is_file()


def copy_skeleton(site: Path) -> Copied:
    """Copy the skeleton and a page that lists the runs; a file that is there stays as it is.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree, or a link in it leads out of it.
    HostError
        If the site cannot be written.
    """
    check_site_folder(site)
    copied = Copied([], [], [])
    for name, content in _skeleton_files():
        path = site / name
        check_inside(site, path)
        with os_errors_as_host_error(site):
            if not path.exists():
                write_if_changed(path, content)
                copied.written.append(name)
            elif path.is_file() and path.read_bytes() == content:
                copied.same.append(name)
            else:
                copied.different.append(name)
    return copied


def navigation_advice(site: Path) -> str:
    """Return how to keep pages of runs out of a site's navigation, where its theme links all pages.

    Empty where nothing is to be done, or nothing is known of the theme.
    """
    path = site / "_config.yml"
    text = path.read_text(errors="replace") if path.is_file() else ""
    links_all = re.search(r"^(theme|remote_theme):.*\bminima\b", text, re.MULTILINE)
    if not links_all or re.search(r"^header_pages:", text, re.MULTILINE):
        return ""
    return (
        f"the theme minima links every page in its header: list those that belong there in {path}, "
        "such as 'header_pages: [about.md]'"
    )


def _skeleton_files() -> Iterator[tuple[str, bytes]]:
    yield RUNS_PAGE, (template_root() / "runs.html").read_bytes()
    root = skeleton_root()
    for top in ("_layouts", "_includes", "assets"):
        for name, file in _walk(root / top, top):
            if name.startswith(_PATTERNS):
                yield name, file.read_bytes()


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, name)
        else:
            yield name, entry
