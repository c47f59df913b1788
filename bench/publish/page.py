"""One run's page: its files and its data come into the site, and leave it, together."""

import json
from collections.abc import Mapping
from pathlib import Path

from bench.errors import DataError
from bench.page.render import render_page_data
from bench.publish.files import (
    read_object,
    remove_file,
    telling_what_cannot_be_written,
    write_if_changed,
)
from bench.publish.place import PageKey, data_path, page_file, page_folder

WRITTEN = "written"


def publish_page(site: Path, page_files: Mapping[str, bytes], page_data: str, key: PageKey) -> Path:
    """Put a page, its pictures, files and data into the site.

    Parameters
    ----------
    site : Path
        The Jekyll tree.
    page_files : mapping of str to bytes
        Content of each file of the page, by its path from the page's folder.
    page_data : str
        The page's data as JSON, an object.
    key : PageKey
        Where the page goes.

    Returns
    -------
    Path
        The page's folder. Publishing the same again changes no byte in it. The lists that lead
        to it are the business of :func:`bench.publish.runs.publish_runs`.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree, or a name could lead out of it.
    HostError
        If the site cannot be written.
    """
    folder, data_file = page_folder(site, key), data_path(site, key)
    targets = {page_file(site, folder, name): content for name, content in page_files.items()}
    data = {**json.loads(page_data), WRITTEN: sorted(page_files)}
    with telling_what_cannot_be_written(site):
        stale = [path for path in _written_before(site, folder, data_file) if path not in targets]
        for path, content in targets.items():
            write_if_changed(path, content)
        for path in stale:
            remove_file(path, folder)
        write_if_changed(data_file, render_page_data(data).encode())
    return folder


def remove_page(site: Path, key: PageKey) -> list[Path]:
    """Take a page out of the site: what was written for it, its data, and folders left empty.

    Parameters
    ----------
    site : Path
        The Jekyll tree.
    key : PageKey
        Which page.

    Returns
    -------
    list of Path
        What is still in the page's folder, because this tool did not write it.

    Raises
    ------
    DataError
        If there is no such page.
    HostError
        If the site cannot be written.
    """
    folder, data_file = page_folder(site, key), data_path(site, key)
    if not data_file.is_file():
        raise DataError(
            f"{site} has no page {'/'.join(key)}: {data_file} is not there; "
            "'scalebench runs' lists the pages."
        )
    with telling_what_cannot_be_written(site):
        for path in _written_before(site, folder, data_file):
            remove_file(path, site)
        # Last, since it knows what else was written: after a kill the same command goes on.
        remove_file(data_file, site)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def page_inputs_digest(site: Path, key: PageKey) -> str | None:
    """Return what the page was made from; None where it is not there as a whole.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree, or a name could lead out of it.
    """
    folder, data = page_folder(site, key), read_object(data_path(site, key))
    written = data.get(WRITTEN)
    if not isinstance(written, list) or not written:
        return None
    if not all((folder / str(name)).is_file() for name in written):
        return None
    digest = data.get("inputs_digest")
    return digest if isinstance(digest, str) else None


def _written_before(site: Path, folder: Path, data_file: Path) -> list[Path]:
    names = read_object(data_file).get(WRITTEN)
    paths = []
    for name in names if isinstance(names, list) else []:
        try:
            paths.append(page_file(site, folder, str(name)))
        except DataError:
            continue  # not a name that this tool writes, so not its file to remove
    return [path for path in paths if path.is_file()]
