"""Opens a codec by its name; a new one is a file beside this one, and its entry in ``CODECS``."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bench.errors import UsageError

if TYPE_CHECKING:  # the supervisor of a worker needs no arrays
    from bench.codec.spec import Codec


def _float32() -> "Codec":
    from bench.codec.float32 import Float32Codec  # noqa: PLC0415 - as above

    return Float32Codec()


CODECS: "dict[str, Callable[[], Codec]]" = {"float32": _float32}


def open_codec(name: str) -> "Codec":
    """Return the codec of a name.

    Raises
    ------
    UsageError
        If there is no such codec.
    """
    if name not in CODECS:
        raise UsageError(f"codec: {name!r} is not one of {', '.join(CODECS)}.")
    return CODECS[name]()
