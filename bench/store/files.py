"""The one way in which a file is written: as a whole, or not at all."""

import contextlib
import os
from pathlib import Path


def replace_file(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file so that a kill leaves the old content or the new one.

    What a process that was killed left beside it is removed.

    Parameters
    ----------
    durable : bool
        Whether the new content must outlive a power cut from now on, too.

    Raises
    ------
    OSError
        If it cannot be written; what was there stays.
    """
    remove_leftovers(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - a test lets it fail
        if durable:
            _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Remove what killed processes left of their attempts to write ``path``."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        pid = left.name.removeprefix(f".{path.name}.").removesuffix(".tmp")
        if pid.isdecimal() and not _lives(int(pid)):
            left.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def _sync_folder(folder: Path) -> None:
    """Let the name of a new file outlive a power cut, where the file system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
