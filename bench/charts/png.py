"""The values stored in a chart's PNG: writes and reads them without importing matplotlib."""

import io
import json
import struct
import zlib
from collections.abc import Mapping
from os import PathLike
from typing import Any, BinaryIO

from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

from bench.errors import DataError

VALUES_KEY = "scalebench"
_MAX_PLAIN_CHARACTERS = 2048  # characters of values; more of them are compressed
# What Pillow raises for a damaged picture.
_DAMAGE = (OSError, SyntaxError, ValueError, struct.error, zlib.error)


def encode_png(picture: Image.Image, values: Mapping[str, Any]) -> bytes:
    """Return a picture as a PNG with its values stored in it."""
    info = PngInfo()
    text = json.dumps(values, sort_keys=True, allow_nan=False)
    info.add_text(VALUES_KEY, text, zip=len(text) > _MAX_PLAIN_CHARACTERS)
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=6, pnginfo=info)
    return file.getvalue()


def read_chart_values(path: str | PathLike[str] | BinaryIO) -> dict[str, Any]:
    """Return the values that are stored in a chart's PNG.

    Parameters
    ----------
    path : path or binary file
        A PNG that this module made.

    Returns
    -------
    dict
        The ``values`` of the :class:`bench.charts.chart.Chart` that was drawn.

    Raises
    ------
    DataError
        The file cannot be read, is damaged, or is not one of our charts.
    """
    advice = "draw the charts again with `scalebench report`"
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            picture.load()  # damaged pixels raise an error only here
            text = picture.text if isinstance(picture, PngImageFile) else {}
    except FileNotFoundError:
        raise DataError(f"no chart at {path}: {advice}") from None
    except _DAMAGE as error:
        raise DataError(f"{path} is not a readable PNG ({error}): {advice}") from error
    if VALUES_KEY not in text:
        raise DataError(f"{path} carries no '{VALUES_KEY}' values, so it is not ours: {advice}")
    try:
        values = json.loads(text[VALUES_KEY])
    except ValueError as error:
        raise DataError(f"{path} carries damaged values ({error}): {advice}") from error
    if not isinstance(values, dict):
        raise DataError(f"{path} carries {type(values).__name__} where values belong: {advice}")
    return values
