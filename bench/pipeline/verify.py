"""Compute everything that a site says of a run anew from its Parquet rows, and compare."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bench.charts.png import read_chart_values
from bench.errors import DataError
from bench.page.page import DATA_FOLDER
from bench.page.render import PAGE_FILE
from bench.pipeline.report import Reported, make_report
from bench.publish import PageKey, page_key
from bench.publish.page import INPUTS_DIGEST, PICTURES, WRITTEN, sha256
from bench.publish.place import data_path
from bench.publish.runs import list_files
from bench.store.folder import RUN_FILE, RunFolder
from bench.store.run import run_files


class Verification(NamedTuple):
    """How many numbers, texts and files were compared, and those that differ."""

    checked_count: int
    differences: list[str]


class _Place(NamedTuple):
    """Where a run and what a site says of it are."""

    run: Path
    site: Path
    page: Path
    key: PageKey


Pair = tuple[str, object, object]
_PUBLISHED, _OTHER, _MISSING = "the published file", "another file", "missing"


def verify(path: Path, site: Path) -> Verification:
    """Check a run's page, given the run's folder or the page's.

    The run's files come first: where one is missing or is not the published one, all that is
    computed from it would differ too, so nothing more is compared. A page carries its raw
    samples, so its own copy is what it is checked against.

    Raises
    ------
    DataError
        If there is no run, no page, or something of it cannot be read.
    """
    place = _place(path, site)
    found = _read_data(data_path(place.site, place.key))
    pairs = list(_files(place, found))
    if not any(state == _MISSING for _, _, state in pairs):
        report = make_report(place.run)  # here, so that a damaged block is told as such
        if all(state == _PUBLISHED for _, _, state in pairs):
            pairs += _contents(place, report, found)
    wrong = [_told(*pair) for pair in pairs if pair[1] != pair[2]]
    return Verification(len(pairs), wrong)


def _place(path: Path, site: Path) -> _Place:
    if (path / PAGE_FILE).exists():
        path = path.absolute()
        return _Place(path / DATA_FOLDER, path.parents[2], path, PageKey(*path.parts[-3:]))
    key = page_key(RunFolder(path).info)
    page = site.joinpath(*key)
    if not (page / PAGE_FILE).exists():
        raise DataError(f"{path / RUN_FILE} has no page in {site}; run 'scalebench report'.")
    return _Place(path, site, page, key)


def _read_data(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {error}; run 'scalebench report'.") from error
    if not isinstance(found, dict):
        raise DataError(f"{path} is not a page's data; run 'scalebench report'.")
    return found


def _files(place: _Place, found: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield whether the run's files, and their copies beside the page, are what the page states."""
    offered = {str(file["path"]): str(file["sha256"]) for file in found.get("files", [])}
    raw = {name: digest for name, digest in offered.items() if not name.endswith(".csv")}
    stored = {f"{DATA_FOLDER}/{file.path.name}": file.sha256 for file in run_files(place.run)}
    for name, digest in raw.items():
        yield f"{place.page / name}", _PUBLISHED, _state(_digest(place.page / name), digest)
    for name in sorted({*stored, *raw}):
        where = f"{place.run / Path(name).name}"
        yield where, _PUBLISHED, _state(stored.get(name), raw.get(name))


def _state(digest: str | None, published: str | None) -> str:
    if digest is None:
        return _MISSING
    return _PUBLISHED if digest == published else _OTHER


def _digest(path: Path) -> str | None:
    return sha256(path.read_bytes()) if path.is_file() else None


def _contents(place: _Place, report: Reported, found: Mapping[str, Any]) -> Iterator[Pair]:
    yield from _texts(place, report)
    yield from _page_data(place, report, found)
    yield from _charts(place, report, found)
    yield from _lists(place.site)


def _texts(place: _Place, report: Reported) -> Iterator[Pair]:
    for name, text in report.page.texts.items():
        path = place.page / name
        if not path.is_file():
            yield f"{path}", _PUBLISHED, _MISSING
            continue
        try:
            found = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"cannot read {path}: {error}; run 'scalebench report'.") from error
        if name.endswith(".csv"):
            yield from _leaves(name, *(list(csv.reader(io.StringIO(t))) for t in (text, found)))
        else:
            yield from _leaves(name, text.splitlines(), found.splitlines())


def _page_data(place: _Place, report: Reported, found: Mapping[str, Any]) -> Iterator[Pair]:
    for name, right in json.loads(json.dumps(report.page.data)).items():
        yield from _leaves(f"{place.key.run}.json {name}", right, found.get(name))
    # Of what is added when a page is written, the version may change without changing a number.
    extra = found.keys() - report.page.data.keys() - {INPUTS_DIGEST, PICTURES, WRITTEN}
    yield f"{place.key.run}.json", [], sorted(extra)


def _charts(place: _Place, report: Reported, found: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield the values of each chart, and the digest of its picture; nothing is drawn for it."""
    pictures = found.get(PICTURES, {})
    for chart in report.charts:
        path = place.page / chart.file_name
        if not path.is_file():
            yield f"{path}", _PUBLISHED, _MISSING
            continue
        right = json.loads(json.dumps(chart.values))  # a tuple is a list there
        values = read_chart_values(path)
        yield from _leaves(chart.file_name, right, values)
        if values == right:
            state = _state(_digest(path), pictures.get(chart.file_name))
            yield chart.file_name, _PUBLISHED, state


def _lists(site: Path) -> Iterator[Pair]:
    """Yield what the front page and the histories read, made anew from the data of all pages."""
    for path, content in list_files(site).items():
        yield from _leaves(path.name, json.loads(content), _read_list(path))


def _read_list(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return _MISSING


def _leaves(where: str, right: object, found: object) -> Iterator[Pair]:
    if isinstance(right, dict) and isinstance(found, dict) and right.keys() == found.keys():
        for name in right:
            yield from _leaves(f"{where}.{name}", right[name], found[name])
    elif isinstance(right, list) and isinstance(found, list) and len(right) == len(found):
        for index, (a, b) in enumerate(zip(right, found, strict=True)):
            yield from _leaves(f"{where}[{index}]", a, b)
    else:
        yield where, right, found


def _told(where: str, right: object, found: object) -> str:
    if found == _MISSING:
        return f"{where} is missing"
    return f"{where}: is {found!r}, should be {right!r}"
