"""Figures to PNG and back: small, deterministic pictures that carry their own numbers."""

import io
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import Any, BinaryIO, cast

from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

from bench.charts import theme
from bench.charts.catalog import ChartSpec, chart_specs, chart_values
from bench.charts.draw import draw_chart
from bench.charts.picture import Picture
from bench.errors import DataError
from bench.stats.estimate import Summary

VALUES_KEY = "scalebench"
_COLOURS = 64
_PLAIN_MOST = 2048  # characters of values; more of them are compressed
# What Pillow raises for a damaged picture.
DAMAGE = (OSError, SyntaxError, ValueError, struct.error, zlib.error)


def render_chart(spec: ChartSpec, summary: Summary, *, note: str = "") -> bytes:
    """Draw a chart and return it as a PNG of 64 colours that carries its values."""
    return _render(draw_chart(spec, summary, note=note), chart_values(spec, summary))


def render_charts(summary: Summary, *, prefix: str, note: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield the file name and the PNG of every chart, in the order of the page."""
    for spec in chart_specs(summary.batch_sizes):
        yield spec.file_name(prefix), render_chart(spec, summary, note=note)


def render_picture(picture: Picture, *, note: str = "") -> bytes:
    """Draw an extra chart and return it as a PNG like the others."""
    return _render(picture.draw(note), picture.values)


def read_chart_values(path: str | PathLike[str] | BinaryIO) -> dict[str, Any]:
    """Return the values that a chart's picture carries.

    Parameters
    ----------
    path : path or binary file
        A PNG that this module made.

    Returns
    -------
    dict
        What :func:`bench.charts.catalog.chart_values`, or an extra chart, gave when it was drawn.

    Raises
    ------
    DataError
        The file cannot be read, is damaged, or is not one of our charts.
    """
    advice = "draw the charts again with `scalebench report`"
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            picture.load()  # damage in the pixels shows only now
            text = picture.text if isinstance(picture, PngImageFile) else {}
    except FileNotFoundError:
        raise DataError(f"no chart at {path}: {advice}") from None
    except DAMAGE as error:
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


def _render(figure: Figure, values: Mapping[str, Any]) -> bytes:
    canvas = cast(Any, figure.canvas)  # Agg's methods are untyped
    with theme.style():
        canvas.draw()
    pixels = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    return _encode_png(_reduce_colours(pixels.convert("RGB")), values)


def _reduce_colours(picture: Image.Image) -> Image.Image:
    """Return the picture with a palette of 64 colours, its paper pure white."""
    reduced = picture.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = reduced.getpalette() or []
    paper = cast(int, reduced.getpixel((0, 0)))
    palette[3 * paper : 3 * paper + 3] = [255, 255, 255]
    reduced.putpalette(palette)
    return reduced


def _encode_png(picture: Image.Image, values: Mapping[str, Any]) -> bytes:
    info = PngInfo()
    text = json.dumps(values, sort_keys=True, allow_nan=False)
    info.add_text(VALUES_KEY, text, zip=len(text) > _PLAIN_MOST)
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=6, pnginfo=info)
    return file.getvalue()
