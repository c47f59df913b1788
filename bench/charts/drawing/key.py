"""The key of a chart: what its marks mean, in one row below the header."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bench.charts.chart import WIDTH_PX
from bench.charts.drawing import theme
from bench.charts.drawing.labels import extent

_SWATCH_PX = 30
_GAP_PX = 24


class KeyEntry(NamedTuple):
    """What a mark means: its name, its colour, and its matplotlib marker."""

    name: str
    colour: str
    marker: str


def write_key(axes: Axes, key: Sequence[KeyEntry]) -> None:
    """Write the entries side by side, smaller where they need more than the sheet's width."""
    figure = cast(Any, axes.figure)
    y = theme.figure_xy(0, theme.KEY_Y_PX)[1]
    texts = [
        figure.text(0, y, entry.name, fontsize=theme.TEXT_PT, color=theme.MUTED, va="center")
        for entry in key
    ]
    room = WIDTH_PX - 2 * theme.MARGIN_PX - len(key) * (_SWATCH_PX + _GAP_PX)
    wide = sum(extent(text).width for text in texts)
    x = float(theme.MARGIN_PX)
    for text, entry in zip(texts, key, strict=True):
        text.set(fontsize=theme.TEXT_PT * min(1.0, room / wide), gid="name")
        swatch_x = theme.figure_xy(x + _SWATCH_PX / 2 - 4, 0)[0]
        swatch = Line2D([swatch_x], [y], transform=figure.transFigure, ls="none", gid="key")
        swatch.set(marker=entry.marker, color=entry.colour, markersize=7, markeredgewidth=1.4)
        figure.add_artist(swatch)
        text.set_x((x + _SWATCH_PX) / WIDTH_PX)
        x += _SWATCH_PX + extent(text).width + _GAP_PX
