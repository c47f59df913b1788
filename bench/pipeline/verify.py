"""Computes all that a site states of a run again from its Parquet rows, and compares."""

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
    """The folders of a run, its site and its page."""

    run: Path
    site: Path
    page: Path
    key: PageKey


Pair = tuple[str, object, object]
_PUBLISHED, _OTHER, _MISSING = "the published file", "another file", "missing"


def verify(path: Path, site: Path) -> Verification:
    """Check a run's page, given the run's folder or the page's.

    The run's files are checked first: where one is missing or is not the published one, all that is
    computed from it would differ too, so nothing more is compared. A page has a copy of the raw
    samples and is checked against that copy.

    Raises
    ------
    DataError
        If there is no run, no page, or something of it cannot be read.
    """
    place = _place(path, site)
    page_data = _read_data(data_path(place.site, place.key))
    pairs = list(_files(place, page_data))
    if not any(state == _MISSING for _, _, state in pairs):
        report = make_report(place.run)  # here, so that a damaged block is reported as such
        if all(state == _PUBLISHED for _, _, state in pairs):
            pairs += _contents(place, report, page_data)
    differences = [_difference(*pair) for pair in pairs if pair[1] != pair[2]]
    return Verification(len(pairs), differences)


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
        data = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {error}; run 'scalebench report'.") from error
    if not isinstance(data, dict):
        raise DataError(f"{path} is not a page's data; run 'scalebench report'.")
    return data


def _files(place: _Place, page_data: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield whether the run's files, and their copies beside the page, are what the page states."""
    digests = {str(file["path"]): str(file["sha256"]) for file in page_data.get("files", [])}
    raw = {name: digest for name, digest in digests.items() if not name.endswith(".csv")}
    stored = {f"{DATA_FOLDER}/{file.path.name}": file.sha256 for file in run_files(place.run)}
    for name, digest in raw.items():
        yield f"{place.page / name}", _PUBLISHED, _state(_digest(place.page / name), digest)
    for name in sorted({*stored, *raw}):
        label = f"{place.run / Path(name).name}"
        yield label, _PUBLISHED, _state(stored.get(name), raw.get(name))


def _state(digest: str | None, published: str | None) -> str:
    if digest is None:
        return _MISSING
    return _PUBLISHED if digest == published else _OTHER


def _digest(path: Path) -> str | None:
    return sha256(path.read_bytes()) if path.is_file() else None


def _contents(place: _Place, report: Reported, page_data: Mapping[str, Any]) -> Iterator[Pair]:
    yield from _texts(place, report)
    yield from _page_data(place, report, page_data)
    yield from _charts(place, report, page_data)
    yield from _lists(place.site)


def _texts(place: _Place, report: Reported) -> Iterator[Pair]:
    for name, text in report.page.texts.items():
        path = place.page / name
        if not path.is_file():
            yield f"{path}", _PUBLISHED, _MISSING
            continue
        try:
            page_text = path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"cannot read {path}: {error}; run 'scalebench report'.") from error
        if name.endswith(".csv"):
            yield from _leaves(name, *(list(csv.reader(io.StringIO(t))) for t in (text, page_text)))
        else:
            yield from _leaves(name, text.splitlines(), page_text.splitlines())


def _page_data(place: _Place, report: Reported, page_data: Mapping[str, Any]) -> Iterator[Pair]:
    for name, computed in json.loads(json.dumps(report.page.data)).items():
        yield from _leaves(f"{place.key.run}.json {name}", computed, page_data.get(name))
    # The version among the fields of a written page may change without changing a number.
    extra = page_data.keys() - report.page.data.keys() - {INPUTS_DIGEST, PICTURES, WRITTEN}
    yield f"{place.key.run}.json", [], sorted(extra)


def _charts(place: _Place, report: Reported, page_data: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield the values of each chart, and the digest of its picture; nothing is drawn for it."""
    pictures = page_data.get(PICTURES, {})
    for chart in report.charts:
        path = place.page / chart.file_name
        if not path.is_file():
            yield f"{path}", _PUBLISHED, _MISSING
            continue
        computed = json.loads(json.dumps(chart.values))  # a tuple is a list there
        values = read_chart_values(path)
        yield from _leaves(chart.file_name, computed, values)
        if values == computed:
            state = _state(_digest(path), pictures.get(chart.file_name))
            yield chart.file_name, _PUBLISHED, state


def _lists(site: Path) -> Iterator[Pair]:
    """Yield the lists of the front page and the histories, made again from all pages."""
    for path, content in list_files(site).items():
        yield from _leaves(path.name, json.loads(content), _read_list(path))


def _read_list(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return _MISSING


def _leaves(label: str, computed: object, published: object) -> Iterator[Pair]:
    if (
        isinstance(computed, dict)
        and isinstance(published, dict)
        and computed.keys() == published.keys()
    ):
        for name in computed:
            yield from _leaves(f"{label}.{name}", computed[name], published[name])
    elif (
        isinstance(computed, list)
        and isinstance(published, list)
        and len(computed) == len(published)
    ):
        for index, (a, b) in enumerate(zip(computed, published, strict=True)):
            yield from _leaves(f"{label}[{index}]", a, b)
    else:
        yield label, computed, published


def _difference(label: str, computed: object, published: object) -> str:
    if published == _MISSING:
        return f"{label} is missing"
    return f"{label}: is {published!r}, should be {computed!r}"
