"""The reporting stages: a run's samples become its summary, its page and its charts."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pandas as pd

from bench.charts.catalog import chart_specs
from bench.charts.render_pool import RunPictures, render_pictures
from bench.errors import DataError
from bench.importing.stage import imported_course, load_imported
from bench.page.notices import run_course
from bench.page.page import RawFile, extra_figures, page_context, run_kind, run_size
from bench.page.render import render_page, render_page_data
from bench.page.run_story import Course
from bench.pipeline.reference import publish_reference
from bench.pipeline.run_summary import summarise_run
from bench.publish import (
    PAGE_FILE,
    PageKey,
    check_site,
    page_inputs_digest,
    publish_page,
    publish_runs,
)
from bench.publish.history import run_comparison
from bench.publish.listing import listing
from bench.records import RunInfo
from bench.stats.estimate import Summary
from bench.stats.requests import request_strips
from bench.store.aggregates import AGGREGATES_FILE
from bench.store.folder import BUDGET_FILE, RUN_FILE, SCHEDULE_FILE, RunFolder
from bench.store.read import read_samples
from bench.store.schema import PAGE_VERSION
from bench.text.names import page_prefix, page_title
from bench.text.summary_table import format_csv, format_details
from bench.units import ns_to_s

SUMMARY_FILE = "data/summary.csv"
DETAILS_FILE = "data/details.csv"


class Page(NamedTuple):
    """A run's page without its pictures: its files by path, its data, and where it belongs.

    ``pictures`` is what its pictures are drawn from.
    """

    key: PageKey
    files: Mapping[str, bytes]
    data: dict[str, Any]
    pictures: RunPictures


def minutes_to(run_dir: Path, block_count: int) -> float:
    """Return how long a run still takes to ``block_count`` blocks, at the pace of its blocks."""
    folder = RunFolder(run_dir)
    walls = [record.wall_ns for record in folder.read_records()]
    return ns_to_s(max(0, block_count - len(walls)) * median(walls)) / 60


def report(run_dirs: list[Path], data: Path, site: Path) -> list[Path]:
    """Publish the pages of runs; without any named, those under ``data`` that need it.

    A page needs it when it is missing, or when the run's files or the version of pages changed
    since it was written.
    """
    check_site(site)
    runs = run_dirs or sorted(path.parent for path in data.glob(f"*/*/{RUN_FILE}"))
    written = []
    try:
        for run in runs:
            folder = RunFolder(run)
            if not run_dirs and not _needs_page(folder, site):
                continue
            page = make_page(folder)
            written.append(publish_page(site, *draw_page(page), page.key))
    finally:
        # Once for all of them; the pages before an error are listed, too.
        publish_runs(site)
        publish_reference(site)
    return written


def _needs_page(folder: RunFolder, site: Path) -> bool:
    if not folder.complete_blocks() and not folder.info.source:
        return False
    return page_inputs_digest(site, page_key(folder.info)) != inputs_digest(folder)


def page_key(info: RunInfo) -> PageKey:
    """Return where the page of a run belongs."""
    return PageKey(page_prefix(info.experiment.model), info.machine, info.run)


def make_page(folder: RunFolder) -> Page:
    """Return everything that a reader gets but the pictures, from the Parquet rows alone."""
    info = folder.info
    samples = None if info.source else read_samples(folder)
    summary = summary_of(folder, samples)
    raw = raw_files(folder)
    raw[SUMMARY_FILE] = format_csv(summary).encode()
    raw[DETAILS_FILE] = format_details(summary).encode()
    course = course_of(folder, samples, summary)
    context = page_context(
        info,
        summary,
        course,
        files=[
            RawFile(path, _meaning(path), len(content), hashlib.sha256(content).hexdigest())
            for path, content in sorted(raw.items())
        ],
        inputs_digest=inputs_digest(folder),
    )
    pictures = RunPictures(
        summary,
        chart_specs(summary.batch_sizes),
        () if samples is None else request_strips(samples, summary),
        page_prefix(info.experiment.model),
        chart_note(info),
    )
    page = render_page(info.experiment.model, info.experiment.batch_sizes).encode()
    comparison = None if samples is None else run_comparison(info, samples, summary)
    listed = listing(
        info,
        summary,
        created_at=course.started_at or info.created_at,
        date=context["date"],
        size=run_size(summary, course),
        kind=run_kind(info, summary),
    )
    data = {**context, "listing": listed, "extras": [], "comparison": comparison}
    return Page(page_key(info), {PAGE_FILE: page, **raw}, data, pictures)


def draw_page(page: Page) -> tuple[dict[str, bytes], str]:
    """Return the files of a page with its pictures, and its data as JSON."""
    drawn = render_pictures(page.pictures)
    extras = extra_figures(picture.words for picture in drawn if picture.words is not None)
    pngs = {picture.file_name: picture.png for picture in drawn}
    return {**page.files, **pngs}, render_page_data({**page.data, "extras": extras})


def summary_of(folder: RunFolder, samples: pd.DataFrame | None) -> Summary:
    """Return what a run says, from all its rows; an imported run has none."""
    return load_imported(folder) if samples is None else summarise_run(folder, samples)


def course_of(folder: RunFolder, samples: pd.DataFrame | None, summary: Summary) -> Course:
    """Return how a run went, from all its rows; an imported run has none."""
    return imported_course(folder) if samples is None else run_course(folder, samples, summary)


def chart_note(info: RunInfo) -> str:
    """Return what a chart must say when it is not a measurement of a model."""
    if info.experiment.smoke:
        return "smoke, not a measurement"
    return "Stub" if page_title(info.experiment.model) == "Stub" else ""


def raw_files(folder: RunFolder) -> dict[str, bytes]:
    """Return the run's own files, by their path beside the page."""
    names = [RUN_FILE, AGGREGATES_FILE if folder.info.source else SCHEDULE_FILE]
    names += [BUDGET_FILE] if folder.budget is not None else []
    names += [folder.block_path(index).name for index in folder.complete_blocks()]
    try:
        return {f"data/{name}": (folder.path / name).read_bytes() for name in names}
    except OSError as error:
        raise DataError(
            f"cannot read {error.filename}: {error.strerror}; restore it from a copy of the run, "
            "or name the runs to report."
        ) from error


def inputs_digest(folder: RunFolder) -> str:
    """Return the SHA-256 of the run's files and of the version of pages."""
    digest = hashlib.sha256(f"page version {PAGE_VERSION}\n".encode())
    for path, content in sorted(raw_files(folder).items()):
        digest.update(f"{path} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def _meaning(path: str) -> str:
    if path.startswith("data/block-"):
        return f"raw samples of block {int(path.rpartition('-')[2].partition('.')[0])}"
    return {
        f"data/{RUN_FILE}": "what was measured, and on what",
        f"data/{SCHEDULE_FILE}": "the order of everything, written beforehand",
        f"data/{AGGREGATES_FILE}": "every row of the imported files",
        f"data/{BUDGET_FILE}": "until when it was measured",
        SUMMARY_FILE: "one row a cell",
        DETAILS_FILE: "all that is known of each cell",
    }[path]
