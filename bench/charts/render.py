"""Figures to PNG: small, deterministic pictures that carry their own numbers."""

from collections.abc import Mapping
from typing import Any, cast

from matplotlib.figure import Figure
from PIL import Image

from bench.charts.canvas import style
from bench.charts.catalog import ChartSpec, chart_values
from bench.charts.chart import Picture
from bench.charts.png import encode_png
from bench.charts.seed_charts import draw_chart
from bench.stats.estimate import Summary

_COLOURS = 64


def render_chart(spec: ChartSpec, summary: Summary, *, note: str = "") -> bytes:
    """Draw a chart and return it as a PNG of 64 colours that carries its values."""
    return _render(draw_chart(spec, summary, note=note), chart_values(spec, summary))


def render_picture(picture: Picture, *, note: str = "") -> bytes:
    """Draw an extra chart and return it as a PNG like the others."""
    return _render(picture.draw(note), picture.values)


def _render(figure: Figure, values: Mapping[str, Any]) -> bytes:
    canvas = cast(Any, figure.canvas)  # Agg's methods are untyped
    with style():
        canvas.draw()
    pixels = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    return encode_png(_reduce_colours(pixels.convert("RGB")), values)


def _reduce_colours(picture: Image.Image) -> Image.Image:
    """Return the picture with a palette of 64 colours, its paper pure white."""
    reduced = picture.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = reduced.getpalette() or []
    paper = cast(int, reduced.getpixel((0, 0)))
    palette[3 * paper : 3 * paper + 3] = [255, 255, 255]
    reduced.putpalette(palette)
    return reduced
