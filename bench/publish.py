"""Into the site: each file whole or not at all, unchanged ones untouched, stale ones removed.

Nothing is written or removed outside the site, and nothing that this tool did not write itself.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bench.errors import DataError, HostError
from bench.page.render import render_page_data, render_runs

PAGE_FILE = "index.markdown"
WRITTEN = "written"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_FOLDERS_MAX = 2


class PageKey(NamedTuple):
    """Where a page is: ``site/<prefix>/<machine>/<run>/``."""

    prefix: str
    machine: str
    run: str


def publish_page(site: Path, page_files: Mapping[str, bytes], page_data: str, key: PageKey) -> Path:
    """Put a page, its pictures, files and data into the site, and list it among the runs.

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
        The page's folder. Publishing the same again changes no byte in it.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree, or a name could lead out of it.
    HostError
        If the site cannot be written.
    """
    folder, data_path = _page_folder(site, key), _data_path(site, key)
    targets = {_inside(site, folder, name): content for name, content in page_files.items()}
    data = {**json.loads(page_data), WRITTEN: sorted(page_files)}
    try:
        stale = [path for path in _written_before(site, folder, data_path) if path not in targets]
        for path, content in targets.items():
            _write_if_changed(path, content)
        for path in stale:
            _remove(path, folder)
        _write_if_changed(data_path, render_page_data(data).encode())
        _write_if_changed(site / "_data" / "runs.json", render_runs(_list_runs(site)).encode())
    except OSError as error:
        raise _unwritable(site, error) from error
    return folder


def page_inputs_digest(site: Path, key: PageKey) -> str | None:
    """Return what the page was made from; None where it is not there as a whole.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree, or a name could lead out of it.
    """
    folder, data_path = _page_folder(site, key), _data_path(site, key)
    data = _read_data(data_path)
    written = data.get(WRITTEN)
    if not isinstance(written, list) or not written:
        return None
    if len(_written_before(site, folder, data_path)) != len(written):
        return None
    digest = data.get("inputs_digest")
    return digest if isinstance(digest, str) else None


def _page_folder(site: Path, key: PageKey) -> Path:
    if not (site / "_config.yml").is_file():
        raise DataError(
            f"{site} is not the folder of a site: it has no _config.yml; "
            "give the site/ of a checkout with --site."
        )
    for field, name in key._asdict().items():
        if not _NAME.fullmatch(name):
            raise DataError(
                f"{field} {name!r} cannot name a folder of {site}; use up to 64 letters, digits, "
                "'-' and '_', beginning with a letter or digit."
            )
    folder = site.joinpath(*key)
    _check_inside(site, folder)
    return folder


def _data_path(site: Path, key: PageKey) -> Path:
    path = site / "_data" / "pages" / key.prefix / key.machine / f"{key.run}.json"
    _check_inside(site, path)
    return path


def _inside(site: Path, folder: Path, name: str) -> Path:
    parts = name.split("/")
    if len(parts) > _FOLDERS_MAX or not all(_FILE_NAME.fullmatch(part) for part in parts):
        raise DataError(
            f"{name!r} cannot name a file of {folder}; use letters, digits, '.', '-' and '_', "
            f"and at most {_FOLDERS_MAX - 1} folder."
        )
    path = folder.joinpath(*parts)
    _check_inside(site, path)
    return path


def _check_inside(site: Path, path: Path) -> None:
    # A link in the site could lead out of it: what counts is where the path really ends.
    if not path.resolve().is_relative_to(site.resolve()):
        raise DataError(
            f"{path} leads out of {site}, to {path.resolve()}; remove the link and publish again."
        )


def _written_before(site: Path, folder: Path, data_path: Path) -> list[Path]:
    names = _read_data(data_path).get(WRITTEN)
    paths = []
    for name in names if isinstance(names, list) else []:
        try:
            paths.append(_inside(site, folder, str(name)))
        except DataError:
            continue  # not a name that this tool writes, so not its file to remove
    return [path for path in paths if path.is_file()]


def _read_data(path: Path) -> dict[str, Any]:
    # Data that is missing or damaged is made anew by the next publish.
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _write_if_changed(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _remove(path: Path, folder: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent != folder and not any(path.parent.iterdir()):
        path.parent.rmdir()


def _list_runs(site: Path) -> list[dict[str, str]]:
    runs = [{**listing, **key._asdict()} for key, listing in _listings(site)]
    newest_last = sorted(runs, key=lambda run: (run["created_at"], run["machine"], run["run"]))
    return newest_last[::-1]


def _listings(site: Path) -> Iterator[tuple[PageKey, dict[str, str]]]:
    for path in sorted((site / "_data" / "pages").glob("*/*/*.json")):
        key = PageKey(path.parts[-3], path.parts[-2], path.stem)
        listing = _read_data(path).get("listing")
        # A page whose folder was removed by hand leaves the list as well.
        page = site.joinpath(*key) / PAGE_FILE
        if isinstance(listing, dict) and "created_at" in listing and page.is_file():
            yield key, listing


def _unwritable(site: Path, error: OSError) -> HostError:
    return HostError(
        f"cannot write {error.filename or site}: {error.strerror}; the page may be incomplete. "
        "Make room or give the right to write, and run the same command again."
    )
