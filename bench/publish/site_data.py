"""Data of the whole site, which belong to no single run, for its hand-written pages."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.publish.files import (
    os_errors_as_host_error,
    read_object,
    to_json,
    write_if_changed,
)
from bench.publish.place import check_inside, check_site_folder

_NAME = re.compile(r"[a-z_]+")  # a key in Liquid, which has no dots


def publish_site_data(site: Path, name: str, data: Mapping[str, Any]) -> Path:
    """Write ``_data/scalebench/NAME.json``, which pages read as ``site.data.scalebench.NAME``.

    Parameters
    ----------
    site : Path
        The Jekyll tree.
    name : str
        Lower-case letters and underscores.
    data : mapping
        The content, ready for JSON.

    Returns
    -------
    Path
        The file. Publishing the same again does not touch it.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree, or a link in it leads out of it.
    HostError
        If the site cannot be written.
    """
    check_site_folder(site)
    path = site_data_file(site, name)
    check_inside(site, path)
    with os_errors_as_host_error(site):
        write_if_changed(path, to_json(data))
    return path


def read_site_data(site: Path, name: str) -> dict[str, Any]:
    """Return what was published under a name; empty where nothing is, or it is damaged."""
    return read_object(site_data_file(site, name))


def site_data_file(site: Path, name: str) -> Path:
    """Return where the data of a name are."""
    assert _NAME.fullmatch(name)
    return site / "_data" / "scalebench" / f"{name}.json"
