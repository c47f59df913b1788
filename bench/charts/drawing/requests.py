"""Single requests of each cell as dots, local and remote side by side, on one log scale."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from bench.charts.drawing import theme
from bench.charts.drawing.facets import (
    Facets,
    PanelRow,
    Words,
    mark_empty_panels,
    new_facets,
)
from bench.charts.drawing.key import KeyEntry
from bench.charts.drawing.scales import scale_log
from bench.charts.points import thread_counts
from bench.charts.requests import Strips
from bench.stats.requests import Strip
from bench.text.numbers import TIMES, times

_SIDES = {"local": (-0.44, -0.04), "remote": (0.04, 0.44)}  # an arm's part of a column
_DOT_MIN_PT, _DOT_MAX_PT, _DOT_PER_PX = 1.2, 2.2, 0.12


def draw_strips(title: str, content: Strips) -> Axes:
    """Draw the dots of all cells on a fresh sheet."""
    summary, strips = content.summary, content.strips
    facets = new_facets(
        Words(
            title,
            "latency as a multiple of the cell's local one; log scale",
            _detail(strips),
        ),
        [
            *(KeyEntry(f"{a} request", theme.ARM_COLOURS[a], "s") for a in _SIDES),
            KeyEntry("latency of the arm", theme.INK, "_"),
        ],
        [PanelRow(arm, theme.ARM_TEXT_COLOURS[arm], _slowest(strips, arm)) for arm in _SIDES],
        summary.batch_sizes,
        thread_counts(summary),
    )
    for arm in _SIDES:
        _draw_dots(facets, [strip for strip in strips if strip.arm == arm], arm)
    scale_log(facets.axes, min(s.least for s in strips), max(s.most for s in strips), TIMES)
    mark_empty_panels(facets, {strip.cell for strip in strips}, summary)
    return facets.axes


def _detail(strips: Sequence[Strip]) -> str:
    most = max(strips, key=lambda strip: strip.requests)
    dots = "a dot each" if len(most.places) == most.requests else f"{len(most.places)} dots"
    return f"up to {most.requests} requests an arm, {dots}; numbers: slowest one"


def _slowest(strips: Sequence[Strip], arm: str) -> dict[int, str]:
    slowest: dict[int, float] = {}
    for strip in strips:
        if strip.arm == arm:
            size = strip.cell.batch_size
            slowest[size] = max(slowest.get(size, 0.0), strip.most)
    return {size: times(multiple) for size, multiple in slowest.items()}


def _draw_dots(facets: Facets, strips: Sequence[Strip], arm: str) -> None:
    begin, end = _SIDES[arm]
    columns = [facets.place(strip.cell) for strip in strips]
    facets.axes.plot(
        [
            column + begin + (end - begin) * place
            for column, strip in zip(columns, strips, strict=True)
            for place in strip.places
        ],
        [multiple for strip in strips for multiple in strip.multiples],
        linestyle="none",
        marker="s",  # squares snap to pixels: half the bytes of circles
        markersize=min(_DOT_MAX_PT, max(_DOT_MIN_PT, _DOT_PER_PX * facets.column_px)),
        markeredgewidth=0,
        color=theme.ARM_COLOURS[arm],
        alpha=0.5,
        zorder=2,
    )
    facets.axes.hlines(
        [strip.typical for strip in strips],
        [column + begin for column in columns],
        [column + end for column in columns],
        colors=theme.INK,
        linewidth=1.4,
        zorder=3,
    )
