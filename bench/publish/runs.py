"""The files that link to the pages: the list of all runs, and the history of each machine.

Both are made from the pages' own data, so publishing again repairs them.
"""

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.errors import DataError
from bench.page.render import PAGE_FILE
from bench.publish.files import (
    os_errors_as_host_error,
    read_object,
    remove_file,
    to_json,
    write_if_changed,
)
from bench.publish.front import front_data
from bench.publish.history import machine_history
from bench.publish.place import check_inside, check_site_folder, data_key
from bench.publish.site_data import site_data_file

Run = dict[str, Any]
_FRONT = "front"


def check_site(site: Path) -> None:
    """Refuse a site that pages cannot be published into.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree, or holds a list of runs that is not ours.
    """
    check_site_folder(site)
    path = _runs_file(site)
    check_inside(site, path)
    for foreign in (site / "_data").glob(f"{path.parent.name}.*"):
        raise DataError(
            f"{foreign} has the name of the folder in which scalebench keeps its data; Jekyll "
            "would mix both. Rename it, or give another site with --site."
        )
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return  # missing or damaged: it is made anew
    is_run_list = isinstance(value, list) and all(
        isinstance(run, dict) and {"prefix", "machine", "run"} <= run.keys() for run in value
    )
    if not is_run_list:
        raise DataError(
            f"{path} is not a list of runs that scalebench wrote; "
            "rename it, or give another site with --site."
        )


def list_runs(site: Path) -> list[Run]:
    """Return the listing and the place of each page, newest first.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree.
    """
    return [run for run, _ in _runs(site)]


def publish_runs(site: Path) -> None:
    """Write the list of all runs and the history of each machine, where they changed.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree, or holds a list of runs that is not ours.
    HostError
        If the site cannot be written.
    """
    check_site(site)
    lists = list_files(site)
    with os_errors_as_host_error(site):
        for file, content in lists.items():
            check_inside(site, file)
            write_if_changed(file, content)
        front = site_data_file(site, _FRONT)
        for file in (*_history_folder(site).glob("*/*.json"), *front.parent.glob(front.name)):
            if file not in lists:
                remove_file(file, site)


def list_files(site: Path) -> dict[Path, bytes]:
    """Return the content of the list of runs and of the histories, by file, from the pages' data.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree.
    """
    runs = _runs(site)
    comparable = [{**run, "comparison": comparison} for run, comparison in runs]
    histories = {
        _history_folder(site) / prefix / f"{machine}.json": to_json(machine_history(list(group)))
        for (prefix, machine), group in groupby(sorted(comparable, key=_machine), key=_machine)
    }
    listings = [run for run, _ in runs]
    front = {site_data_file(site, _FRONT): to_json(front_data(listings))} if listings else {}
    return {_runs_file(site): to_json(listings), **front, **histories}


def _runs(site: Path) -> list[tuple[Run, Run | None]]:
    """Return the listing of each page, newest first, and its data for comparisons."""
    check_site_folder(site)
    newest_last = sorted(
        _pages(site), key=lambda page: [page[0][name] for name in ("created_at", "machine", "run")]
    )
    return newest_last[::-1]


def _pages(site: Path) -> Iterator[tuple[Run, Run | None]]:
    for path in sorted((site / "_data" / "scalebench" / "pages").glob("*/*/*.json")):
        key, data = data_key(path), read_object(path)
        listing = data.get("listing")
        # A page whose folder was removed by hand leaves the list as well.
        page = site.joinpath(*key) / PAGE_FILE
        if isinstance(listing, dict) and "created_at" in listing and page.is_file():
            yield {**listing, **key._asdict()}, data.get("comparison")


def _machine(run: Run) -> tuple[str, str]:
    return run["prefix"], run["machine"]


def _runs_file(site: Path) -> Path:
    return site / "_data" / "scalebench" / "runs.json"


def _history_folder(site: Path) -> Path:
    return site / "_data" / "scalebench" / "history"
