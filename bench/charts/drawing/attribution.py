"""The causes of the latency loss in percentage points, piled up to the loss."""

from collections.abc import Mapping

from matplotlib.axes import Axes

from bench.charts.attribution import Causes
from bench.charts.captions import rests_on
from bench.charts.drawing import theme
from bench.charts.drawing.canvas import set_y_ticks
from bench.charts.drawing.facets import (
    Facets,
    PanelRow,
    Words,
    mark_empty_panels,
    new_facets,
)
from bench.charts.drawing.key import KeyEntry
from bench.charts.drawing.scales import PercentScale, percent_scale, tick_name
from bench.charts.drawing.stacks import (
    draw_marks,
    draw_slabs,
    part_key,
    pile,
    pile_ends,
)
from bench.charts.points import Point, loss_points, max_threads_text, thread_counts
from bench.records import Cell
from bench.stats.cells import Summary
from bench.stats.estimate import LEVEL
from bench.stats.verdict_words import UNDECIDED
from bench.text.numbers import signed_percent


def draw_causes(title: str, content: Causes) -> Axes:
    """Draw the piles of all cells on a fresh sheet."""
    summary, parts = content.summary, content.parts
    slabs, losses = pile(parts), loss_points(summary)
    numbers = (n for p in losses.values() for n in (p.value, p.low, p.high))
    scale = percent_scale([*pile_ends(slabs), *numbers])
    threads = thread_counts(summary)
    row = {
        cell.batch_size: signed_percent(point.value)
        for cell, point in losses.items()
        if cell.threads == threads[-1]
    }
    facets = new_facets(
        Words(
            title,
            "percentage points by cause; above zero: remote slower",
            _detail(summary, losses),
        ),
        [*part_key(parts), KeyEntry("loss", theme.INK, "D")],
        [PanelRow("loss", theme.INK, row)],
        summary.batch_sizes,
        threads,
    )
    draw_slabs(facets, slabs, scale)
    facets.axes.axhline(0, color=theme.INK, linewidth=1.4, zorder=4)
    _draw_losses(facets, losses, scale)
    facets.axes.set_ylim(scale.low, scale.high)
    set_y_ticks(facets.axes, scale.ticks, [tick_name(t).removesuffix("%") for t in scale.ticks])
    mark_empty_panels(facets, {part.cell for part in parts}, summary)
    return facets.axes


def _detail(summary: Summary, losses: Mapping[Cell, Point]) -> str:
    words = [rests_on(summary, f"{LEVEL:.0%} intervals"), f"numbers: {max_threads_text(summary)}"]
    if any(point.undecided and not point.bare for point in losses.values()):
        words.append(f"hollow: {UNDECIDED}")
    return "; ".join(words)


def _draw_losses(facets: Facets, losses: Mapping[Cell, Point], scale: PercentScale) -> None:
    known = {cell: point for cell, point in losses.items() if not point.bare}
    facets.axes.vlines(
        [facets.place(cell) for cell in known],
        [scale.clip(point.low) for point in known.values()],
        [scale.clip(point.high) for point in known.values()],
        colors=theme.INK,
        linewidth=1.0,
        zorder=5,
    )
    for hollow in (False, True):
        group = {cell: p for cell, p in losses.items() if p.undecided is hollow}
        heights = [scale.clip(point.value) for point in group.values()]
        draw_marks(facets, list(group), heights, "D", hollow=hollow)
