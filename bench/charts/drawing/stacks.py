"""Piles of parts, one for each batch size and thread count: what stacked charts share."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from matplotlib.collections import PolyCollection

from bench.charts.drawing import theme
from bench.charts.drawing.facets import Facets
from bench.charts.drawing.key import KeyEntry
from bench.charts.drawing.scales import PercentScale
from bench.charts.parts import Part
from bench.records import Cell

_WIDTH = 0.8
_ARROW_INSET = 0.02
_LARGE, _SMALL = 5.0, 2.6  # of a mark [pt]
_NARROW_PX = 20
_SHORT = {
    "preprocessing": "preprocess",
    "encoding": "encode",
    "queueing": "queue",
    "slower compute": "compute",
}
"""Short names of causes, so that the key has room for all of them in one row."""


class Slab(NamedTuple):
    """A part in its pile: where it begins and ends."""

    part: Part
    bottom: float
    top: float


def pile(parts: Iterable[Part]) -> list[Slab]:
    """Pile each cell's parts from zero: positive ones upwards, negative ones downwards."""
    ends: defaultdict[tuple[Cell, bool], float] = defaultdict(float)
    slabs = []
    for part in parts:
        side = part.cell, part.percent < 0
        start = ends[side]
        ends[side] += part.percent
        slabs.append(Slab(part, *sorted((start, ends[side]))))
    return slabs


def pile_ends(slabs: Iterable[Slab]) -> list[float]:
    """Return where each cell's pile ends on either side of zero."""
    tops: defaultdict[Cell, float] = defaultdict(float)
    bottoms: defaultdict[Cell, float] = defaultdict(float)
    for slab in slabs:
        tops[slab.part.cell] = max(tops[slab.part.cell], slab.top)
        bottoms[slab.part.cell] = min(bottoms[slab.part.cell], slab.bottom)
    return [*tops.values(), *bottoms.values()]


def part_key(parts: Iterable[Part]) -> list[KeyEntry]:
    """Return the key of the parts that are there."""
    names = {part.name for part in parts}
    colours = {name: colour for name, colour in theme.PART_COLOURS.items() if name in names}
    return [KeyEntry(_SHORT.get(name, name), colour, "s") for name, colour in colours.items()]


def draw_slabs(facets: Facets, slabs: Sequence[Slab], scale: PercentScale) -> None:
    """Draw all piles; one that reaches beyond the scale is cut and gets an arrow.

    Parameters
    ----------
    facets : Facets
        The panels to draw in.
    slabs : sequence of Slab
        The parts of all piles, from :func:`pile`.
    scale : PercentScale
        The scale of the panels.
    """
    colours = [theme.PART_COLOURS[slab.part.name] for slab in slabs]
    corners = [_corners(facets.place(s.part.cell), *map(scale.clip, s[1:])) for s in slabs]
    # One artist for all bars: one artist per bar would take ten times as long.
    facets.axes.add_collection(PolyCollection(corners, facecolors=colours, linewidths=0, zorder=2))
    above = sorted({slab.part.cell for slab in slabs if slab.top > scale.high})
    below = sorted({slab.part.cell for slab in slabs if slab.bottom < scale.low})
    inset = _ARROW_INSET * (scale.high - scale.low)
    draw_marks(facets, above, [scale.high - inset] * len(above), "^")
    draw_marks(facets, below, [scale.low + inset] * len(below), "v")


def _corners(place: float, bottom: float, top: float) -> list[tuple[float, float]]:
    left, right = place - _WIDTH / 2, place + _WIDTH / 2
    return [(left, bottom), (left, top), (right, top), (right, bottom)]


def draw_marks(
    facets: Facets,
    cells: Sequence[Cell],
    heights: Sequence[float],
    marker: str,
    *,
    hollow: bool = False,
) -> None:
    """Draw a mark for each cell.

    Parameters
    ----------
    facets : Facets
        The panels to draw in.
    cells : sequence of Cell
        Each gets a mark in the middle of its column.
    heights : sequence of float
        Where the mark of each cell is, in the same order [percent].
    marker : str
        The marker, by its matplotlib name.
    hollow : bool
        Whether the marks are outlines only.
    """
    facets.axes.plot(
        [facets.place(cell) for cell in cells],
        heights,
        linestyle="none",
        marker=marker,
        markersize=_SMALL if facets.column_px < _NARROW_PX else _LARGE,
        markerfacecolor=theme.PAPER if hollow else theme.INK,
        markeredgecolor=theme.INK,
        markeredgewidth=0.7,
        zorder=6,
    )
