"""JSON of a run that may be damaged or hostile: it is bounded before it is decoded."""

from pathlib import Path
from typing import TypeVar

import msgspec

from bench.errors import DataError

T = TypeVar("T")
MAX_BYTES = 4 * 1024**2
"""Of ``run.json``, ``budget.json`` and the record of a block; large ones have some 100 KiB."""
MAX_SCHEDULE_BYTES = 32 * 1024**2
"""Of ``schedule.json``, which has some 700 bytes a block."""
RESTORE = "restore it from a copy of the run."
MEASURE_AGAIN = "restore it, or remove it to measure it again."
"""What to do about a document of a run, and about the file of a block."""
_BRIEF_LENGTH = 200


def read_document(path: Path, kind: type[T], max_bytes: int = MAX_BYTES) -> T:
    """Return what a file states.

    Parameters
    ----------
    path : Path
        The file.
    kind : type
        What it must be; any value may be in it, but only of these types.
    max_bytes : int
        A larger file is not read.

    Raises
    ------
    DataError
        If the file is missing, larger, damaged or foreign.
    """
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise DataError(
            f"cannot read {path}: {error.strerror}; "
            "give the folder of a run, as 'measure' prints it, or restore the file."
        ) from error
    return decode_document(content, kind, str(path), RESTORE, max_bytes)


def decode_document(
    content: bytes, kind: type[T], where: str, remedy: str, max_bytes: int = MAX_BYTES
) -> T:
    """Return what JSON states.

    Parameters
    ----------
    content : bytes
        The JSON; of a name that is there twice the last value counts.
    kind : type
        What it must be.
    where, remedy : str
        Names it in an error, and says what to do.
    max_bytes : int
        Longer JSON is not decoded.

    Raises
    ------
    DataError
        If it is longer, damaged or foreign.
    """
    if len(content) > max_bytes:
        raise damaged(where, f"it has more than {max_bytes // 1024**2} MiB", remedy)
    try:
        return msgspec.json.decode(content, type=kind)
    except RecursionError as error:
        raise damaged(where, "its values are nested too deeply", remedy) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise damaged(where, error, remedy) from error


def damaged(where: str, reason: object, remedy: str = RESTORE) -> DataError:
    """Return the error about a file that is not what it should be.

    Parameters
    ----------
    where : str
        Names the file.
    reason : object
        What is wrong; it may quote the file.
    remedy : str
        What to do.
    """
    return DataError(f"{where} is damaged or foreign: {brief(reason)}; {remedy}")


def brief(reason: object) -> str:
    """Return a reason that may quote a file as one short line of printable characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(reason)).split())
    return line if len(line) <= _BRIEF_LENGTH else f"{line[:_BRIEF_LENGTH]}…"
