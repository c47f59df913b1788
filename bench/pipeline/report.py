"""The reporting stage: a run's samples become its results, its charts and its page."""

from pathlib import Path
from typing import Any, NamedTuple

from bench.charts.catalog import all_charts
from bench.charts.chart import Chart
from bench.charts.render import render_all
from bench.page.page import Page, make_page
from bench.page.worker_place import heading
from bench.pipeline.reference import publish_reference
from bench.pipeline.results import load_results
from bench.publish import (
    IDENTITY,
    check_site,
    inputs_digest,
    page_inputs_digest,
    page_key,
    publish_runs,
    put_page,
    run_identity,
)
from bench.publish.history import run_comparison
from bench.publish.listing import listing
from bench.store.folder import RUN_FILE, RunFolder
from bench.store.lock import is_locked
from bench.store.run import Run, run_files


class Reported(NamedTuple):
    """All that is published of a run except the pictures, which are drawn from its charts."""

    run: Run
    charts: tuple[Chart, ...]
    page: Page


def report(run_dirs: list[Path], data: Path, site: Path) -> list[Path]:
    """Publish the pages of runs; without any named, those under ``data`` that need it.

    A page needs it when it is missing, or when the run's files or the version of pages changed
    since it was written. A run that is being measured is skipped unless it is named: drawing
    would use the cores that it needs.

    Parameters
    ----------
    run_dirs : list of Path
        The folders of the named runs; empty if none is named.
    data : Path
        The folder with all runs, one folder per machine and run in it.
    site : Path
        The Jekyll tree.

    Returns
    -------
    list of Path
        The folders of the pages that were written.

    Raises
    ------
    DataError
        If another run has a page in the folder of one of these.
    """
    check_site(site)
    paths = run_dirs or sorted(path.parent for path in data.glob(f"*/*/{RUN_FILE}"))
    written = []
    try:
        for path in paths:
            if run_dirs or (not is_locked(path) and _needs_page(path, site)):
                run, charts, page = make_report(path)
                key = page_key(run.info)
                written.append(put_page(site, key, page, render_all(charts), run.files))
    finally:
        # Once for all of them; the pages before an error are listed, too.
        publish_runs(site)
        publish_reference(site)
    return written


def make_report(path: Path) -> Reported:
    """Return the page of a run and its charts, from the Parquet rows alone."""
    run, results = load_results(path)
    charts = all_charts(run.info, results, heading(run.info))
    page = make_page(run, results, charts)
    list_data: dict[str, Any] = {
        IDENTITY: run_identity(run.files),
        "listing": listing(run, results),
        "comparison": run_comparison(run, results),
    }
    return Reported(run, charts, page._replace(data={**page.data, **list_data}))


def _needs_page(path: Path, site: Path) -> bool:
    folder = RunFolder(path)
    if not folder.complete_blocks() and not folder.info.source:
        return False
    return page_inputs_digest(site, page_key(folder.info)) != inputs_digest(run_files(path))
