"""Where the latency loss went: its causes in percentage points, piled up to it."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from bench.charts import theme
from bench.charts.canvas import set_y_ticks
from bench.charts.catalog import Point, look
from bench.charts.chart import Cell, Picture, loss_points, most_threads, rests_on, thread_counts
from bench.charts.facets import Facets, KeyEntry, Row, Words, mark_empty_panels, new_facets
from bench.charts.scales import LossScale, percent_scale, tick_name
from bench.charts.stacks import (
    Part,
    Slab,
    draw_marks,
    draw_slabs,
    part_key,
    part_values,
    pile,
    pile_ends,
    where,
)
from bench.stats.estimate import EXPLORATORY, LEVEL, Summary
from bench.text.numbers import signed_percent

_CAUSES = {
    "encoding": "encoding",
    "transport": "transport",
    "queueing": "queueing",
    "idle_gap": "idle gap",
    "slower_compute": "slower compute",
    "rest": "rest",
}
_SPELLED_OUT = 3  # so many causes are in the caption, those that matter most


def attribution_picture(summary: Summary) -> Picture | None:
    """Return the chart of the loss by cause; None where no cell knows the causes."""
    parts = [
        Part(cell.batch_size, cell.threads, name, estimate.point)
        for cell in summary.cells
        for cause, name in _CAUSES.items()
        if (estimate := getattr(cell.attribution, cause)) is not None
    ]
    if not parts:
        return None
    return Picture(
        name="attribution",
        alt="Causes of the latency loss, stacked, for each batch size and thread count",
        caption=_caption(parts),
        source="details.csv, points_*",
        values=part_values("attribution", "percentage points", parts),
        paint=lambda: _paint(summary, parts),
    )


def _paint(summary: Summary, parts: Sequence[Part]) -> Axes:
    slabs, losses = pile(parts), loss_points(summary)
    numbers = (n for p in losses.values() for n in (p.value, p.low, p.high))
    scale = percent_scale([*pile_ends(slabs), *numbers])
    threads = thread_counts(summary)
    row = {s: signed_percent(p.value) for (s, t), p in losses.items() if t == threads[-1]}
    facets = new_facets(
        Words(
            "Where the latency loss went",
            "percentage points by cause; above zero: remote slower",
            _detail(summary, slabs, losses, scale),
        ),
        [*part_key(parts), KeyEntry("loss, their sum", theme.INK, "D")],
        [Row("loss", theme.INK, row)],
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


def _detail(
    summary: Summary, slabs: Sequence[Slab], losses: Mapping[Cell, Point], scale: LossScale
) -> str:
    words = [rests_on(summary, f"whiskers are {LEVEL:.0%} intervals")]
    if any(look(point).endswith("hollow") for point in losses.values()):
        words.append("hollow: imprecise")
    if any(slab.top > scale.high or slab.bottom < scale.low for slab in slabs):
        words.append("▲▼ beyond the scale")
    return "; ".join([*words, f"numbers: at {most_threads(summary)}"])


def _draw_losses(facets: Facets, losses: Mapping[Cell, Point], scale: LossScale) -> None:
    known = {cell: point for cell, point in losses.items() if not point.bare}
    facets.axes.vlines(
        [facets.place(*cell) for cell in known],
        [scale.clip(point.low) for point in known.values()],
        [scale.clip(point.high) for point in known.values()],
        colors=theme.INK,
        linewidth=1.0,
        zorder=5,
    )
    for hollow in (False, True):
        mine = {cell: p for cell, p in losses.items() if _is_hollow(p) is hollow}
        heights = [scale.clip(point.value) for point in mine.values()]
        draw_marks(facets, list(mine), heights, "D", hollow=hollow)


def _is_hollow(point: Point) -> bool:
    return look(point) == EXPLORATORY or look(point).endswith("hollow")


def _caption(parts: Sequence[Part]) -> str:
    ranges: dict[str, list[Part]] = {}
    for part in sorted(parts, key=lambda part: part.percent):
        ranges.setdefault(part.name, []).append(part)
    widest = sorted(ranges.values(), key=lambda r: -max(abs(r[0].percent), abs(r[-1].percent)))
    said = [f"{r[0].name} {_points(r[0])} to {_points(r[-1])}" for r in widest[:_SPELLED_OUT]]
    return (
        "Percentage points of the latency loss by cause; those of a cell add up to its loss. "
        f"The largest: {'; '.join(said)}."
    )


def _points(part: Part) -> str:
    return f"{signed_percent(part.percent).removesuffix('%')} ({where(part.cell)})"
