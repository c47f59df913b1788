"""Opens a codec by its name; a new one is a file beside this one, and a line of this table."""

from collections.abc import Callable

from bench.codec.float32 import DTYPE, Float32Codec
from bench.codec.spec import Codec
from bench.errors import UsageError

CODECS: dict[str, Callable[[], Codec]] = {DTYPE: Float32Codec}


def open_codec(name: str) -> Codec:
    """Return the codec of a name.

    Raises
    ------
    UsageError
        If there is no such codec.
    """
    if name not in CODECS:
        raise UsageError(f"codec: {name!r} is not one of {', '.join(CODECS)}.")
    return CODECS[name]()
