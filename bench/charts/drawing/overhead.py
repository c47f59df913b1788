"""Overhead by batch size, in ms and in percent: one line per thread count, and the wire time."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from matplotlib.axes import Axes

from bench.charts.chart import HEIGHT_PX, WIDTH_PX
from bench.charts.drawing import theme
from bench.charts.drawing.canvas import new_canvas, style_frame, tick_indices
from bench.charts.drawing.facets import evenly
from bench.charts.drawing.key import KeyEntry, write_key
from bench.charts.drawing.scales import scale_log
from bench.charts.overhead import OverheadPoint, Overheads
from bench.stats.estimate import LEVEL, MIN_EFFECT_PERCENT
from bench.text.numbers import counted

_MAX_LINES = 4
_MAX_TICKS = 7
_STEP = 0.07
"""The distance between lines, so that equal values do not hide each other."""
_GUTTER_PX = 150
_UNIT_PX = 44
_PANEL_PX = (theme.WIDE_RIGHT_PX - theme.AXES_LEFT_PX - _GUTTER_PX) // 2


def draw_overheads(title: str, content: Overheads) -> Axes:
    """Draw both panels on a fresh sheet; of many thread counts, a few from the fewest to the most.

    Returns
    -------
    Axes
        The left panel, in ms; the figure's other axes are in percent.
    """
    all_counts = sorted({point.cell.threads for point in content.in_ms})
    counts = [all_counts[index] for index in evenly(len(all_counts), _MAX_LINES)]
    colours = dict(zip(counts, theme.OVERHEAD_COLOURS[-len(counts) :], strict=True))
    sure = any(point.low is not None for point in content.in_ms)
    left = new_canvas(
        title,
        "time outside of computing that remote adds; log scales",
        f"{counted(content.summary.counted_blocks, 'block')}, "
        + (f"bars are {LEVEL:.0%} intervals" if sure else "no interval"),
        theme.AXES_LEFT_PX + _PANEL_PX,
    )
    right = _second_panel(left)
    sizes = content.summary.batch_sizes
    _draw_panel(left, content.in_ms, colours, sizes, list(content.wire_ms.values()))
    _draw_panel(right, content.in_percent, colours, sizes, [MIN_EFFECT_PERCENT], "%")
    _draw_wire(left, content.wire_ms, sizes)
    right.axhline(MIN_EFFECT_PERCENT, color=theme.INK, linewidth=1.0, zorder=1.5)
    for axes, unit in ((left, "ms"), (right, "% of the local latency")):
        axes.set_title(unit, loc="left", fontsize=theme.TEXT_PT, color=theme.MUTED, pad=4)
    left.set_xlabel("batch size", loc="left")
    right.set_xlabel("")
    key = [KeyEntry(counted(count, "thread"), colours[count], "s") for count in counts]
    wire = [KeyEntry("wire", theme.MUTED, "_")] if content.wire_ms else []
    effect = KeyEntry(f"{MIN_EFFECT_PERCENT:g}% matters", theme.INK, "_")
    write_key(left, [*key, *wire, effect])
    return left


def _second_panel(left: Axes) -> Axes:
    """Return axes like ``left``, right of it; both leave room for the name of their unit."""
    figure = cast(Any, left.figure)
    box = left.get_position()
    height = box.height - _UNIT_PX / HEIGHT_PX
    left.set_position((box.x0, box.y0, box.width, height))
    shift = (_PANEL_PX + _GUTTER_PX) / WIDTH_PX
    right = cast(Axes, figure.add_axes((box.x0 + shift, box.y0, box.width, height)))
    style_frame(right)
    return right


def _draw_panel(
    axes: Axes,
    points: Sequence[OverheadPoint],
    colours: Mapping[int, str],
    sizes: Sequence[int],
    limits: Sequence[float],
    unit: str = "",
) -> None:
    """Draw the lines of one unit; ``limits`` are further values that its scale must contain."""
    line_points = [p for p in points if p.cell.threads in colours and p.value > 0]
    values = [p.value for p in line_points]
    ends = [end for p in line_points for end in (p.low, p.high) if end is not None]
    least = min(values, default=1.0) / 4  # an interval that reaches zero has no end on a log scale
    scale_values = [*values, *(end for end in ends if end >= least), *limits]
    scale_log(axes, min(scale_values, default=1.0), max(scale_values, default=10.0), unit)
    for place, (count, colour) in enumerate(colours.items()):
        shift = (place - (len(colours) - 1) / 2) * _STEP
        _draw_line(axes, [p for p in line_points if p.cell.threads == count], sizes, shift, colour)
    ticks = tick_indices(len(sizes), _MAX_TICKS)
    axes.set_xlim(-0.5, len(sizes) - 0.5)
    axes.set_xticks(ticks, [str(sizes[index]) for index in ticks])


def _draw_line(
    axes: Axes, points: Sequence[OverheadPoint], sizes: Sequence[int], shift: float, colour: str
) -> None:
    """Draw one thread count: its line, its intervals, its marks, hollow without an interval."""
    places = [sizes.index(point.cell.batch_size) + shift for point in points]
    axes.plot(places, [point.value for point in points], color=colour, linewidth=1.6, zorder=3)
    bottom = axes.get_ylim()[0]
    sure = [(x, p) for x, p in zip(places, points, strict=True) if p.low is not None]
    axes.vlines(
        [x for x, _ in sure],
        [max(p.low or 0.0, bottom) for _, p in sure],
        [p.high or p.value for _, p in sure],
        colors=colour,
        linewidth=4,
        alpha=0.35,
        zorder=2.5,
    )
    for hollow in (False, True):
        marks = [(x, p) for x, p in zip(places, points, strict=True) if (p.low is None) is hollow]
        axes.plot(
            [x for x, _ in marks],
            [p.value for _, p in marks],
            linestyle="none",
            marker=theme.ARM_MARKERS["remote"],
            markersize=4.5,
            markerfacecolor=theme.PAPER if hollow else colour,
            markeredgecolor=colour,
            zorder=4,
        )


def _draw_wire(axes: Axes, wire_ms: Mapping[int, float], sizes: Sequence[int]) -> None:
    if wire_ms:
        places = [sizes.index(size) for size in wire_ms]
        axes.plot(
            places, list(wire_ms.values()), color=theme.MUTED, lw=1.4, linestyle="--", zorder=2
        )
