"""Counts, names, addresses and files of flags: read, and refused with the flag and the value."""

import hashlib
import re
from pathlib import Path

from bench.errors import HostError, UsageError
from bench.records import (
    SEEDED_WEIGHTS,
    Address,
)

_LAST_PORT = 65_535
_ADDRESS = re.compile(r"tcp://(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^\s/:\[\]]+):(?P<port>\*|[0-9]{1,9})")
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
NAME_RULE = "use up to 64 letters, digits, '-' and '_', beginning with a letter or digit"


def parse_counts(text: str, flag: str) -> tuple[int, ...]:
    """Parse ``"1,2,4"`` into ascending distinct positive integers.

    Raises
    ------
    UsageError
        Naming the flag and the part that is not a positive integer.
    """
    counts = []
    for part in text.split(","):
        digits = part.strip()
        if not digits.isascii() or not digits.isdigit() or int(digits) < 1:
            raise UsageError(
                f"{flag}: '{digits}' in '{text}' is not a whole number of at least 1; "
                f"give a list such as 1,2,4."
            )
        counts.append(int(digits))
    return tuple(sorted(set(counts)))


def check_name(name: str, flag: str) -> str:
    """Return a machine or run name that is safe as a folder, a URL and a data key.

    Raises
    ------
    UsageError
        If it has other characters than letters, digits, ``-`` and ``_``.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise UsageError(f"{flag}: {name!r} cannot name a folder and a web address; {NAME_RULE}.")
    return name


def weights_identity(path: Path | None) -> str:
    """Return what identifies the weights: ``seeded``, or the digest of the file's bytes.

    Raises
    ------
    HostError
        If the file cannot be read.
    """
    if path is None:
        return SEEDED_WEIGHTS
    try:
        with path.open("rb") as file:
            return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise HostError(
            f"--weights: cannot read {path}: {error.strerror}; "
            "name a state dict saved by torch.save."
        ) from error


def parse_address(text: str, flag: str, *, to_bind: bool = False) -> Address:
    """Return the address at which a worker serves: data needs the port after it.

    Parameters
    ----------
    text : str
        ``tcp://HOST:PORT``, where HOST may be an address of IPv6 in brackets.
    flag : str
        The flag that it was given by, for the error.
    to_bind : bool
        Whether the port may be ``*`` or 0: any free one.

    Raises
    ------
    UsageError
        Naming the flag and the text.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise UsageError(f"{flag}: {text!r} is not an endpoint; write tcp://ADDRESS:PORT.")
    port = 0 if match["port"] == "*" else int(match["port"])
    if port == 0 and not to_bind:
        raise UsageError(f"{flag}: {text!r} names no port; write tcp://ADDRESS:PORT.")
    if port > _LAST_PORT:
        raise UsageError(f"{flag}: {text!r} has a port above {_LAST_PORT}; choose a smaller one.")
    if port == _LAST_PORT:
        raise UsageError(
            f"{flag}: {text!r} has the last port, and data needs the next one; choose one below "
            f"{_LAST_PORT}."
        )
    return Address(host=match["host"].strip("[]"), port=port)
