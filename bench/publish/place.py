"""Paths of files in a site; no name and no link leads out of it."""

import re
from pathlib import Path
from typing import NamedTuple

from bench.config import NAME_PATTERN, NAME_RULE
from bench.errors import DataError
from bench.records import RunInfo
from bench.text.names import page_prefix

_CONFIGS = ("_config.yml", "_config.yaml", "_config.toml")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_FOLDERS_MAX = 2


class PageKey(NamedTuple):
    """Where a page is: ``site/<prefix>/<machine>/<run>/``."""

    prefix: str
    machine: str
    run: str


def page_key(info: RunInfo) -> PageKey:
    """Return where the page of a run belongs."""
    return PageKey(page_prefix(info.experiment.model), info.machine, info.run)


def check_site_folder(site: Path) -> None:
    """Refuse a folder that is no Jekyll tree.

    Raises
    ------
    DataError
        If no configuration of Jekyll lies in ``site``.
    """
    if not any((site / name).is_file() for name in _CONFIGS):
        raise DataError(
            f"{site} is not the folder of a site: it has no {_CONFIGS[0]}; "
            "give the folder of a Jekyll site, such as the site/ of a checkout."
        )


def page_folder(site: Path, key: PageKey) -> Path:
    """Return a page's folder.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree, or a name could lead out of it.
    """
    check_site_folder(site)
    for field, name in key._asdict().items():
        if not NAME_PATTERN.fullmatch(name):
            raise DataError(f"{field} {name!r} cannot name a folder of {site}; {NAME_RULE}.")
    folder = site.joinpath(*key)
    check_inside(site, folder)
    return folder


def data_path(site: Path, key: PageKey) -> Path:
    """Return where a page's data is."""
    path = site / "_data" / "scalebench" / "pages" / key.prefix / key.machine / f"{key.run}.json"
    check_inside(site, path)
    return path


def data_key(path: Path) -> PageKey:
    """Return the page whose data is at ``path``."""
    return PageKey(path.parts[-3], path.parts[-2], path.stem)


def page_file(site: Path, folder: Path, name: str) -> Path:
    """Return where a file of a page is, from its name in the page's folder.

    Parameters
    ----------
    site : Path
        The Jekyll tree.
    folder : Path
        The page's folder in it, from :func:`page_folder`.
    name : str
        The file's path from that folder, with at most one folder in it: ``data/summary.csv``.

    Raises
    ------
    DataError
        If the name could lead out of the folder, or a link in the site leads out of it.
    """
    parts = name.split("/")
    if len(parts) > _FOLDERS_MAX or not all(_FILE_NAME.fullmatch(part) for part in parts):
        raise DataError(
            f"{name!r} cannot name a file of {folder}; use letters, digits, '.', '-' and '_', "
            f"and at most {_FOLDERS_MAX - 1} folder."
        )
    path = folder.joinpath(*parts)
    check_inside(site, path)
    return path


def check_inside(site: Path, path: Path) -> None:
    """Refuse a path that ends outside the site.

    Raises
    ------
    DataError
        If a link in the site leads out of it: what counts is where the path really ends.
    """
    if not path.resolve().is_relative_to(site.resolve()):
        raise DataError(
            f"{path} leads out of {site}, to {path.resolve()}; remove the link and publish again."
        )
