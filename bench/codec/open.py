"""Opens a codec by its name; a new one is a file beside this one, and its line in ``CODECS``."""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from bench.errors import UsageError
from bench.records import CLIENT, WORKER

if TYPE_CHECKING:  # the supervisor of a worker needs no arrays
    from bench.codec.spec import Codec

CODECS = MappingProxyType(
    {
        "float32": {CLIENT: "float32"},
        "float16": {CLIENT: "float16"},
        "uint8": {CLIENT: "uint8"},
        "jpeg": {WORKER: "files", CLIENT: "jpeg"},
    }
)
"""The file of a codec, by where images are decoded and resized; the first place is the default."""


def default_preprocess(name: str) -> str:
    """Return where the images of a codec are preprocessed by default."""
    return next(iter(CODECS[check_codec(name)]))


def check_codec(name: str, preprocess: str | None = None) -> str:
    """Return the name of a codec if there is one that is preprocessed there.

    Raises
    ------
    UsageError
        With the names that there are, or the places.
    """
    if name not in CODECS:
        raise UsageError(f"--codec: {name!r} is not one of {', '.join(CODECS)}.")
    if preprocess not in (None, CLIENT, WORKER):
        raise UsageError(f"--preprocess: {preprocess!r} is not {CLIENT} or {WORKER}.")
    if preprocess is not None and preprocess not in CODECS[name]:
        raise UsageError(
            f"--preprocess {preprocess}: what {name} sends is decoded and resized already; leave "
            "it out, or give --codec jpeg."
        )
    return name


def sends_files(name: str) -> bool:
    """Return whether a codec sends encoded images, in any of its ways."""
    return WORKER in CODECS[check_codec(name)]


def open_codec(name: str, preprocess: str = CLIENT) -> "Codec":
    """Return the codec of a name for images that are preprocessed there.

    Raises
    ------
    UsageError
        If there is no such codec.
    """
    module = CODECS[check_codec(name, preprocess)][preprocess]
    return cast("Codec", import_module(f"{__package__}.{module}").CODEC)
