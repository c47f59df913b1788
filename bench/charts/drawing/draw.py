"""From a chart to its figure, and to a PNG of 64 colours that carries the chart's values."""

from typing import Any, cast

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from bench.charts.attribution import Causes
from bench.charts.chart import Chart
from bench.charts.components import Shares
from bench.charts.drawing.attribution import draw_causes
from bench.charts.drawing.canvas import add_note, style
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


def draw_chart(chart: Chart) -> Figure:
    """Draw a chart, with the warning that it must carry.

    Returns
    -------
    Figure
        A figure of 1280x800 pixels with one axes, its Agg canvas attached.
    """
    with style():
        axes = _draw(chart)
        add_note(axes, chart.note)
    figure = axes.figure
    return cast(Figure, figure)


def _draw(chart: Chart) -> Axes:
    match chart.content:
        case Seed() as content:
            return draw_seed(chart.title, content)
        case Causes() as content:
            return draw_causes(chart.title, content)
        case Shares() as content:
            return draw_shares(chart.title, content)
        case Gains() as content:
            return draw_gains(chart.title, content)
        case Strips() as content:
            return draw_strips(chart.title, content)
        case Overheads() as content:
            return draw_overheads(chart.title, content)
    raise TypeError(f"there is no drawing of {type(chart.content).__name__}")


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
