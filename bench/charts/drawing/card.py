"""The card of a run, in the usual size of link previews."""

from typing import Any, cast

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from bench.charts.card import Card
from bench.charts.drawing import theme
from bench.charts.drawing.labels import shrink_to

CARD_WIDTH_PX, CARD_HEIGHT_PX = 1200, 630
_MARGIN_PX = 70
_TITLE_PT, _FIGURE_PT, _TEXT_PT = 19.0, 34.0, 14.0


def draw_card(title: str, content: Card) -> Axes:
    """Draw the card on a fresh sheet of its own size."""
    figure = Figure(figsize=(CARD_WIDTH_PX / theme.DPI, CARD_HEIGHT_PX / theme.DPI))
    figure.set_dpi(theme.DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    _write(axes, title, 0, 95, _TITLE_PT, theme.INK, weight="bold")
    _write(axes, content.above, 0, 180, _TEXT_PT, theme.MUTED)
    width_px = (CARD_WIDTH_PX - 2 * _MARGIN_PX) / len(content.figures)
    for place, (value, what, better) in enumerate(content.figures):
        x_px, colour = place * width_px, theme.FASTER_TEXT if better else theme.SLOWER_TEXT
        _write(axes, value, x_px, 320, _FIGURE_PT, colour, width_px, "bold")
        _write(axes, what, x_px, 420, _TEXT_PT, theme.INK, width_px)
    _write(axes, content.below, 0, 555, _TEXT_PT, theme.MUTED)
    return axes


def _write(
    axes: Axes,
    words: str,
    x_px: float,
    y_px: float,
    size_pt: float,
    colour: str,
    width_px: float = CARD_WIDTH_PX - 2 * _MARGIN_PX,
    weight: str = "normal",
) -> None:
    """Write a line that begins at a place within the margins, at most ``width_px`` wide."""
    text = cast(Any, axes.figure).text(
        (_MARGIN_PX + x_px) / CARD_WIDTH_PX,
        1 - y_px / CARD_HEIGHT_PX,
        words,
        fontsize=size_pt,
        color=colour,
        fontweight=weight,
        va="center",
        gid="card",
    )
    shrink_to(text, width_px - 30)
