"""A lock on a run's folder: one process at a time measures into it.

The kernel holds it until its process ends, so that no lock remains after a kill. The folder itself
is locked, so that there is no file for it.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from bench.errors import HostError

_LOCKS = Path("/proc/locks")


@contextlib.contextmanager
def lock_run(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which must exist, until the end of the block.

    A file system without locks locks nothing.

    Raises
    ------
    HostError
        If another process holds it; with its pid where it is known.
    """
    with _locked(folder, fcntl.LOCK_EX):
        yield


def check_unlocked(folder: Path) -> None:
    """Refuse a folder that another process measures into; one that does not exist is free.

    Raises
    ------
    HostError
        If another process holds the lock; with its pid where it is known.
    """
    if folder.is_dir():
        with _locked(folder, fcntl.LOCK_SH):
            pass


def is_locked(folder: Path) -> bool:
    """Whether another process measures into a folder."""
    try:
        check_unlocked(folder)
    except HostError:
        return True
    return False


@contextlib.contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HostError(
                f"{folder} is being measured by {_holder(descriptor)}; wait for its end, or "
                "measure another run with --run."
            ) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """Return which process holds the lock of an open folder, as far as it is known."""
    inode = str(os.fstat(descriptor).st_ino)
    try:
        # 1: FLOCK  ADVISORY  WRITE 4711 08:01:131090 0 EOF
        rows = [text.split() for text in _LOCKS.read_text().splitlines()]
    except OSError:
        return "another process"
    # Only the inode is compared: the device number here may differ from that of ``fstat``.
    pids = [
        row[4]
        for row in rows
        if row[1:4] == ["FLOCK", "ADVISORY", "WRITE"] and row[5].rpartition(":")[2] == inode
    ]
    return f"pid {pids[0]}" if len(pids) == 1 and int(pids[0]) > 0 else "another process"
