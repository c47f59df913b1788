"""The chart of the causes of the latency loss, in percentage points."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.charts.chart import Chart
from bench.charts.parts import Part, part_values, where
from bench.stats.cells import Summary
from bench.text.numbers import signed_percent

_CAUSES = {
    "preprocessing": "preprocessing",
    "copies": "copies",
    "encoding": "encoding",
    "transport": "transport",
    "queueing": "queueing",
    "idle_gap": "idle gap",
    "slower_compute": "slower compute",
    "rest": "rest",
}
_SPELLED_OUT = 3  # the caption names this many causes, the largest ones


@dataclass(frozen=True, slots=True)
class Causes:
    """The parts of each cell's loss, by cause."""

    summary: Summary
    parts: tuple[Part, ...]


def attribution_chart(summary: Summary, note: str) -> Chart | None:
    """Return the chart of the loss by cause; None where no cell has them."""
    parts = tuple(
        Part(cell.cell, name, estimate.point)
        for cell in summary.cells
        for cause, name in _CAUSES.items()
        if (estimate := getattr(cell.attribution, cause)) is not None
    )
    if not parts:
        return None
    return Chart(
        slug="more-attribution",
        title="Where the latency loss went",
        alt="Causes of the latency loss, stacked, for each batch size and thread count",
        caption=_caption(parts),
        source="details.csv, points_*",
        values=part_values("attribution", "percentage points", parts),
        content=Causes(summary, parts),
        note=note,
    )


def _caption(parts: Sequence[Part]) -> str:
    ranges: dict[str, list[Part]] = {}
    for part in sorted(parts, key=lambda part: part.percent):
        ranges.setdefault(part.name, []).append(part)
    widest = sorted(ranges.values(), key=lambda r: -max(abs(r[0].percent), abs(r[-1].percent)))
    words = [f"{r[0].name} {_points(r[0])} to {_points(r[-1])}" for r in widest[:_SPELLED_OUT]]
    return (
        "Percentage points of the latency loss by cause; those of a cell add up to its loss. "
        f"The largest: {'; '.join(words)}."
    )


def _points(part: Part) -> str:
    return f"{signed_percent(part.percent).removesuffix('%')} ({where(part.cell)})"
