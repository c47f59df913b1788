"""One run's page: its files and its data are put into the site, and removed, together."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.errors import DataError
from bench.page.page import DATA_FOLDER, Page
from bench.publish.files import (
    os_errors_as_host_error,
    read_object,
    remove_file,
    to_json,
    write_if_changed,
)
from bench.publish.place import PageKey, data_path, page_file, page_folder
from bench.store.folder import RUN_FILE
from bench.store.run import RunFile
from bench.store.schema import PAGE_VERSION

WRITTEN, INPUTS_DIGEST, PICTURES = "written", "inputs_digest", "pictures"
IDENTITY = "identity"


def put_page(
    site: Path,
    key: PageKey,
    page: Page,
    pictures: Mapping[str, bytes],
    files: Iterable[RunFile],
) -> Path:
    """Put a page, its pictures, files and data into the site.

    Parameters
    ----------
    site : Path
        The Jekyll tree.
    key : PageKey
        The place of the page.
    page : Page
        Its texts, and what the layout reads.
    pictures : mapping of str to bytes
        The PNG of each chart, by its file name.
    files : iterable of RunFile
        Those of the run, which are copied beside the page.

    Returns
    -------
    Path
        The page's folder. Publishing the same again changes no byte in it. The lists that link
        to it are written by :func:`bench.publish.runs.publish_runs`.

    Raises
    ------
    DataError
        If ``site`` is no Jekyll tree, a name could lead out of it, a raw file has changed since
        its run was loaded, or the page of another run is there.
    HostError
        If the site cannot be written.
    """
    folder, data_file = page_folder(site, key), data_path(site, key)
    raw = {f"{DATA_FOLDER}/{file.path.name}": file for file in files}
    contents = {name: text.encode() for name, text in page.texts.items()} | dict(pictures)
    names = sorted({*contents, *raw})
    targets = {name: page_file(site, folder, name) for name in names}
    data = {
        INPUTS_DIGEST: inputs_digest(raw.values()),
        **page.data,
        PICTURES: {name: sha256(picture) for name, picture in pictures.items()},
        WRITTEN: names,
    }
    _check_same_run(data_file, folder, data)
    with os_errors_as_host_error(site):
        before = _written_before(site, folder, data_file)
        stale = [path for path in before if path not in targets.values()]
        for name, path in targets.items():
            write_if_changed(path, contents[name] if name in contents else _content(raw[name]))
        for path in stale:
            remove_file(path, folder)
        write_if_changed(data_file, to_json(data))
    return folder


def run_identity(files: Iterable[RunFile]) -> str:
    """Return the SHA-256 of ``run.json``, by which runs of the same name differ."""
    return next(file.sha256 for file in files if file.path.name == RUN_FILE)


def _check_same_run(data_file: Path, folder: Path, data: Mapping[str, Any]) -> None:
    identity = read_object(data_file).get(IDENTITY)
    if identity is not None and IDENTITY in data and identity != data[IDENTITY]:
        raise DataError(
            f"{folder} is the page of another run of this name; remove it with 'scalebench "
            "remove', or give another site with --site."
        )


def inputs_digest(files: Iterable[RunFile]) -> str:
    """Return the SHA-256 of what a page is made from: the run's files, the version of pages."""
    inputs = hashlib.sha256(f"page version {PAGE_VERSION}\n".encode())
    for name, digest in sorted((file.path.name, file.sha256) for file in files):
        inputs.update(f"{DATA_FOLDER}/{name} {digest}\n".encode())
    return inputs.hexdigest()


def _content(file: RunFile) -> bytes:
    try:
        content = file.path.read_bytes()
    except OSError as error:
        raise DataError(
            f"cannot read {error.filename}: {error.strerror}; restore it from a copy of the run."
        ) from error
    if sha256(content) != file.sha256:
        raise DataError(f"{file.path} changed while its page was made; run the command again.")
    return content


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def remove_page(site: Path, key: PageKey) -> list[Path]:
    """Remove a page from the site: what was written for it, its data, and folders left empty.

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
    with os_errors_as_host_error(site):
        for path in _written_before(site, folder, data_file):
            remove_file(path, site)
        # Last, since it lists the other files: after a kill the same command can go on.
        remove_file(data_file, site)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def page_inputs_digest(site: Path, key: PageKey) -> str | None:
    """Return the digest of what the page was made from; None where the page is not complete.

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
