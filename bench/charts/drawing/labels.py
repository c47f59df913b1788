"""Labels that do not overlap: boxes are measured, then pushed apart as little as possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from bench.charts.chart import HEIGHT_PX, WIDTH_PX
from bench.charts.drawing import theme

_GAP_PX = 6.0
_EDGE_PX = 8.0


@dataclass(frozen=True, slots=True)
class Label:
    """A text and its desired height; ``tail`` is the point at which its leader line starts.

    Places are display pixels, counted from the bottom left.
    """

    text: str
    colour: str
    y: float
    tail: tuple[float, float] | None = None
    weight: str = "bold"


def push_apart(
    centres: Sequence[float], heights: Sequence[float], low: float, high: float
) -> NDArray[np.float64]:
    """Return centres at which boxes do not overlap; two that would overlap move equally far.

    Subtract from each centre the height of all boxes below it: boxes do not overlap if the results
    never decrease. Each result becomes the mean of the highest one of the boxes below it and the
    lowest one of the boxes above it.

    Parameters
    ----------
    centres : sequence of float
        The desired centres of the boxes [display pixels].
    heights : sequence of float
        Their heights, gaps included [display pixels].
    low, high : float
        The ends of the room [display pixels]; boxes stay inside if they fit.

    Returns
    -------
    ndarray, float64 [boxes]
        The new centres, in the order of the input [display pixels].
    """
    targets, sizes = np.asarray(centres, float), np.asarray(heights, float)
    order = np.argsort(targets, kind="stable")
    room_below = np.cumsum(sizes[order]) - sizes[order] / 2
    goals = targets[order] - room_below
    highest_below = np.maximum.accumulate(goals)
    lowest_above = np.minimum.accumulate(goals[::-1])[::-1]
    level = (highest_below + lowest_above) / 2
    placed = np.empty_like(targets)
    placed[order] = np.clip(level, low, high - sizes.sum()) + room_below
    return placed


def place_labels(axes: Axes, labels: Sequence[Label], x: float, *, align: str = "left") -> None:
    """Draw labels in a column at display pixel ``x``, beside the axes' height, with leaders.

    Parameters
    ----------
    axes : Axes
        The labels keep between its lower and its upper end.
    labels : sequence of Label
        The texts, with their desired heights.
    x : float
        Where the column is, counted from the left edge of the picture [display pixels].
    align : str
        ``left``: labels begin at ``x`` and shrink to the room there; ``right``: they end at ``x``.
    """
    if not labels:
        return
    frame = axes.get_window_extent()
    texts = [_text(axes, label, x, align) for label in labels]
    if align == "left":
        for text in texts:
            shrink_to(text, WIDTH_PX - x - _EDGE_PX)
    heights = [extent(text).height + _GAP_PX for text in texts]
    centres = push_apart([label.y for label in labels], heights, frame.y0, frame.y1)
    for text, label, centre in zip(texts, labels, centres, strict=True):
        text.set_y(centre / HEIGHT_PX)
        if label.tail:
            _leader(axes, label.colour, label.tail, (x - 5 if align == "left" else x + 5, centre))


def extent(text: Text) -> Bbox:
    """Return the box of a drawn text in display pixels."""
    canvas = cast(Any, text.get_figure(root=True)).canvas
    return text.get_window_extent(canvas.get_renderer())


def shrink_to(text: Text, width_px: float) -> None:
    """Make a text smaller where it is wider than its room."""
    text.set_fontsize(float(text.get_fontsize()) * min(1.0, width_px / extent(text).width))


def _text(axes: Axes, label: Label, x: float, align: str) -> Text:
    figure = cast(Any, axes.figure)
    return cast(
        Text,
        figure.text(
            x / WIDTH_PX,
            label.y / HEIGHT_PX,
            label.text,
            color=label.colour,
            fontsize=theme.TEXT_PT,
            fontweight=label.weight,
            ha=align,
            va="center",
            linespacing=1.15,
            gid="label",
        ),
    )


def _leader(axes: Axes, colour: str, tail: tuple[float, float], head: tuple[float, float]) -> None:
    figure = cast(Any, axes.figure)
    xs, ys = zip(tail, head, strict=True)
    figure.add_artist(
        Line2D(
            np.asarray(xs) / WIDTH_PX,
            np.asarray(ys) / HEIGHT_PX,
            color=colour,
            linewidth=0.8,
            transform=figure.transFigure,
        )
    )
