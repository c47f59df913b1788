"""Single files: written whole or not at all, removed together with the folders they leave empty."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.errors import HostError
from bench.store.files import replace_file

_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&'"}


def read_object(path: Path) -> dict[str, Any]:
    """Return a JSON object; empty if it is missing or damaged: publishing writes it again."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def to_json(value: object) -> bytes:
    """Return plain data as the JSON of a site's data files; no character in it makes a tag."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    return text.translate(_ESCAPES).encode() + b"\n"


def write_if_changed(path: Path, content: bytes) -> None:
    """Write a file as a whole; one that has this content already is not touched."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)


def remove_file(path: Path, top: Path) -> None:
    """Remove a file, and each folder that this leaves empty below ``top``."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == top or any(folder.iterdir()):
            return
        folder.rmdir()


@contextlib.contextmanager
def os_errors_as_host_error(site: Path) -> Iterator[None]:
    """Turn an error of the system into one message.

    Raises
    ------
    HostError
        If the site cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise HostError(
            f"cannot write {error.filename or site}: {error.strerror}; the page may be incomplete. "
            "Make room or give the right to write, and run the same command again."
        ) from error
