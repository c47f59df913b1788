"""A chart becomes a figure, and a PNG of 64 colours with the chart's values stored in it."""

from collections.abc import Callable
from typing import Any, cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from bench.charts.attribution import Causes
from bench.charts.card import Card
from bench.charts.chart import Chart
from bench.charts.components import Shares
from bench.charts.drawing.attribution import draw_causes
from bench.charts.drawing.canvas import add_note, style
from bench.charts.drawing.card import draw_card
from bench.charts.drawing.components import draw_shares
from bench.charts.drawing.overhead import draw_overheads
from bench.charts.drawing.requests import draw_strips
from bench.charts.drawing.seed import draw_seed
from bench.charts.drawing.speedup import draw_gains
from bench.charts.overhead import Overheads
from bench.charts.png import encode_png
from bench.charts.points import Seed
from bench.charts.requests import Strips
from bench.charts.speedup import Gains

_COLOURS = 64
_DRAWINGS: dict[type, Callable[[str, Any], Axes]] = {
    Seed: draw_seed,
    Overheads: draw_overheads,
    Shares: draw_shares,
    Causes: draw_causes,
    Gains: draw_gains,
    Strips: draw_strips,
    Card: draw_card,
}


def draw_chart(chart: Chart) -> Figure:
    """Draw a chart with its warning.

    Returns
    -------
    Figure
        A figure of 1280x800 pixels, for a card 1200x630, with its Agg canvas attached.
    """
    with style():
        axes = _draw(chart)
        add_note(axes, chart.note)
    figure = axes.figure
    return cast(Figure, figure)


def _draw(chart: Chart) -> Axes:
    drawing = _DRAWINGS.get(type(chart.content))
    if drawing is None:
        raise TypeError(f"there is no drawing of {type(chart.content).__name__}")
    return drawing(chart.title, chart.content)


def draw_png(chart: Chart) -> bytes:
    """Draw a chart and return it as a PNG."""
    canvas = cast(Any, draw_chart(chart).canvas)  # Agg's methods are untyped
    with style():
        canvas.draw()
    pixels = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba())
    return encode_png(_reduce_colours(pixels.convert("RGB")), chart.values)


def _reduce_colours(picture: Image.Image) -> Image.Image:
    """Return the picture with a palette of 64 colours, its paper pure white."""
    reduced = picture.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    palette = reduced.getpalette() or []
    paper = cast(int, reduced.getpixel((0, 0)))
    palette[3 * paper : 3 * paper + 3] = [255, 255, 255]
    reduced.putpalette(palette)
    return reduced
