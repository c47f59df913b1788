"""The layout of a loss chart: one column per thread count, each with two bars and words."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from bench.charts.drawing import theme
from bench.charts.points import Point

NUMBERED = 6
"""With at most this many columns, each has its loss above the bars; with more, its verdict only."""
GAP_PX = 14.0
_BAR_MAX_PX, _WORDS_PX = 110.0, 240.0
_ROW_PX, _TWO_ROWS_PX = 48.0, 94.0


class Column(NamedTuple):
    """A measured thread count: its loss, its place, the middles of its bars, and their width."""

    point: Point
    place: int
    overhead_at: float
    total_at: float
    width: float


def rows_px(count: int) -> float:
    """Return the height of the rows above the bars of so many columns [pixels]."""
    if count <= theme.WORDED:
        return 0.0
    return _TWO_ROWS_PX if count <= NUMBERED else _ROW_PX


def measured_columns(axes: Axes, points: Sequence[Point]) -> list[Column]:
    """Return the column of each measured point."""
    column_px = axes.bbox.width / max(len(points), 1)
    words_px = _WORDS_PX if len(points) <= theme.WORDED else 0.0
    room_px = 0.84 * column_px - words_px - GAP_PX * (words_px > 0)
    width = min(_BAR_MAX_PX, room_px / 2) / column_px
    left = -(2 * width + (GAP_PX + words_px) / column_px) / 2
    return [
        Column(point, index, index + left + width / 2, index + left + 1.5 * width, width)
        for index, point in enumerate(points)
        if point.measured
    ]
