"""Is a built site whole? Every picture decodes, every link leads somewhere, no page is heavy."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from PIL import Image

from bench.charts.png import DAMAGE, read_chart_values
from bench.errors import DataError
from bench.page.built import BuiltPage, Picture

PAGE_BYTES_MAX = 1_500_000
_DRAWN = (".png", ".jpg", ".jpeg", ".gif", ".webp")


class SiteCheck(NamedTuple):
    """How many pages were checked, and what is wrong: one line each, beginning with its page."""

    page_count: int
    faults: list[str]


def check_site(
    root: Path, *, base: str = "", under: str = "", measured_count: int | None = None
) -> SiteCheck:
    """Check the pages of a built site.

    Parameters
    ----------
    root : Path
        What Jekyll built.
    base : str
        The base path that it was built with, such as ``/name``.
    under : str
        The folder below which pages are checked; all of them by default.
    measured_count : int, optional
        How many charts of each run's page must show a measurement.

    Raises
    ------
    DataError
        If there is no page to check.
    """
    site = _Site(root, base.rstrip("/"))
    pages = sorted((root / under).rglob("*.html"))
    if not pages:
        raise DataError(f"{root / under} holds no page; give the folder that Jekyll built into.")
    faults = []
    chart_pages = 0
    for page in pages:
        found = [*_page_faults(site, page)]
        if measured_count is not None:
            counted = _measured_charts(site, page)
            chart_pages += counted is not None
            if counted is not None and counted < measured_count:
                found.append(f"{counted} charts show a measurement, {measured_count} are claimed")
        faults += [f"{page.relative_to(root)}: {fault}" for fault in found]
    if measured_count is not None and not chart_pages:
        faults.append(f"{root / under}: no page has a chart, {measured_count} are claimed")
    return SiteCheck(len(pages), faults)


class _Site:
    """Resolves the addresses of a built site; each page is read once."""

    def __init__(self, root: Path, base: str) -> None:
        self.root = root.resolve()
        self._base = base
        self._pages: dict[Path, BuiltPage] = {}

    def page(self, path: Path) -> BuiltPage:
        path = path.resolve()
        if path not in self._pages:
            self._pages[path] = BuiltPage(path.read_text(encoding="utf-8", errors="replace"))
        return self._pages[path]

    def find(self, page: Path, address: str) -> Path | str:
        """Return the file that an address of a page leads to, or what is wrong with it."""
        url = urlsplit(address)
        if url.scheme == "data":
            return page
        if url.scheme or url.netloc:
            return "is absolute; use a relative address"
        path = unquote(url.path)
        if path.startswith("/"):
            if not f"{path}/".startswith(f"{self._base}/"):
                return f"does not begin with the base path {self._base}/"
            target = self.root / path.removeprefix(self._base).lstrip("/")
        else:
            target = page.parent / path if path else page
        target = target.resolve()
        if not target.is_relative_to(self.root):
            return "leads out of the site"
        if target.is_dir():
            target /= "index.html"
        return target if target.is_file() else "leads nowhere"

    def files(self, page: Path, addresses: Iterator[str]) -> set[Path]:
        found = {self.find(page, address) for address in addresses}
        return {file for file in found if isinstance(file, Path)}


def _page_faults(site: _Site, path: Path) -> Iterator[str]:
    page = site.page(path)
    if page.h1_count != 1:
        yield f"has {page.h1_count} h1, not one"
    for picture in page.pictures:
        yield from _picture_faults(site, path, picture)
    for link in page.links:
        target = site.find(path, link.address)
        if isinstance(target, str):
            yield f"<{link.tag}> {link.address!r} {target}"
        elif not _anchor_exists(site, target, urlsplit(link.address).fragment):
            yield f"<{link.tag}> {link.address!r} names no place in {target.name}"
    weight = _weight(site, path)
    if weight > PAGE_BYTES_MAX:
        yield f"weighs {weight:,} bytes with what it loads, more than {PAGE_BYTES_MAX:,}"


def _picture_faults(site: _Site, page: Path, picture: Picture) -> Iterator[str]:
    name = f"<img> {picture.address!r}"
    if not (picture.alt or "").strip():
        yield f"{name} has no alt text"
    stated = (picture.width, picture.height)
    if None in stated:
        yield f"{name} has no width and height"
    target = site.find(page, picture.address)
    if isinstance(target, str):
        yield f"{name} {target}"
        return
    if target.suffix.lower() not in _DRAWN:
        return
    try:
        with Image.open(target) as image:
            image.load()  # damage in the pixels shows only now
            size = tuple(map(str, image.size))
    except DAMAGE as error:
        yield f"{name} does not decode: {error}"
        return
    if None not in stated and stated != size:
        yield f"{name} is {'x'.join(size)} px, and stated as {'x'.join(map(str, stated))}"


def _anchor_exists(site: _Site, target: Path, fragment: str) -> bool:
    if not fragment or target.suffix != ".html":
        return True
    return unquote(fragment) in site.page(target).anchors


def _weight(site: _Site, path: Path) -> int:
    page = site.page(path)
    addresses = [picture.address for picture in page.pictures]
    addresses += [link.address for link in page.links if link.loaded]
    return sum(file.stat().st_size for file in site.files(path, iter(addresses)) | {path.resolve()})


def _measured_charts(site: _Site, path: Path) -> int | None:
    """Return how many charts show a measurement; None for a page without any chart."""
    files = site.files(path, (picture.address for picture in site.page(path).pictures))
    values = [chart for file in sorted(files) if (chart := _chart_values(file)) is not None]
    return sum(map(_is_measured, values)) if values else None


def _chart_values(file: Path) -> dict[str, object] | None:
    try:
        return read_chart_values(file)
    except DataError:
        return None  # damaged, which is told elsewhere, or not a chart


def _is_measured(chart: dict[str, object]) -> bool:
    points = chart.get("points")
    return isinstance(points, list) and any(p.get("value") is not None for p in points)
