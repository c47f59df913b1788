"""Recompute every number that a reader gets from the Parquet rows, and compare."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bench.charts.catalog import chart_values
from bench.charts.chart import Picture
from bench.charts.extra_charts import extra_pictures
from bench.charts.png import read_chart_values
from bench.charts.render_pool import RunPictures
from bench.errors import DataError
from bench.page.page import extra_figures
from bench.page.render import render_page_data
from bench.pipeline.report import (
    DETAILS_FILE,
    SUMMARY_FILE,
    Page,
    make_page,
    page_key,
)
from bench.publish import PAGE_FILE, PageKey
from bench.store.folder import RUN_FILE, RunFolder


class Verification(NamedTuple):
    """How many numbers and texts were compared, and those that differ."""

    checked_count: int
    differences: list[str]


def verify(path: Path, site: Path) -> Verification:
    """Check a run's page, given the run's folder or the page's.

    A page carries its raw samples, so its own copy is what it is checked against.

    Raises
    ------
    DataError
        If there is no run, no page, or something of it cannot be read.
    """
    if (path / PAGE_FILE).exists():
        page_dir, folder = path, RunFolder(path / "data")
        site = path.absolute().parents[2]
    else:
        folder = RunFolder(path)
        key = page_key(folder.info)
        page_dir = site / key.prefix / key.machine / key.run
    if not (page_dir / PAGE_FILE).exists():
        raise DataError(f"{folder.path / RUN_FILE} has no page in {site}; run 'scalebench report'.")
    page = make_page(folder)
    extras = extra_pictures(page.pictures.summary, page.pictures.strips)
    data = {**page.data, "extras": extra_figures(extra.words for extra in extras)}
    tables = [pair for name in (SUMMARY_FILE, DETAILS_FILE) for pair in _csv(page, page_dir, name)]
    pairs = [*_page_data(page.key, data, site), *tables, *_charts(page.pictures, extras, page_dir)]
    wrong = [
        f"{where}: is {found!r}, should be {right!r}"
        for where, right, found in pairs
        if right != found
    ]
    return Verification(len(pairs), wrong)


Pair = tuple[str, object, object]


def _page_data(key: PageKey, data: Mapping[str, Any], site: Path) -> Iterator[Pair]:
    path = site / "_data" / "pages" / key.prefix / key.machine / f"{key.run}.json"
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {error}; run 'scalebench report'.") from error
    for name, right in json.loads(render_page_data(data)).items():
        # The version of pages may change without changing a number.
        if name != "inputs_digest":
            yield from _leaves(f"{path.name} {name}", right, found.get(name))


def _leaves(where: str, right: object, found: object) -> Iterator[Pair]:
    if isinstance(right, dict) and isinstance(found, dict) and right.keys() == found.keys():
        for name in right:
            yield from _leaves(f"{where}.{name}", right[name], found[name])
    elif isinstance(right, list) and isinstance(found, list) and len(right) == len(found):
        for index, (a, b) in enumerate(zip(right, found, strict=True)):
            yield from _leaves(f"{where}[{index}]", a, b)
    else:
        yield where, right, found


def _csv(page: Page, page_dir: Path, name: str) -> Iterator[Pair]:
    try:
        found = (page_dir / name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"cannot read {page_dir / name}: {error}; run 'scalebench report'."
        ) from error
    right = page.files[name].decode()
    rows = [list(csv.reader(io.StringIO(text))) for text in (right, found)]
    yield from _leaves(name, *rows)


def _charts(run: RunPictures, extras: Iterable[Picture], page_dir: Path) -> Iterator[Pair]:
    """Yield the values of each chart; nothing is drawn for it."""
    charts: dict[str, Mapping[str, Any]] = {extra.file_name: extra.values for extra in extras}
    for spec in run.specs:
        charts[spec.file_name(run.prefix)] = chart_values(spec, run.summary)
    for name, values in charts.items():
        right = json.loads(json.dumps(values))  # a tuple is a list there
        yield from _leaves(name, right, read_chart_values(page_dir / name))
