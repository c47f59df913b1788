"""The chart of the parts of a remote request's time: computing, and those outside of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.charts.chart import LEAD, Chart
from bench.charts.parts import Part, part_values, where
from bench.charts.points import loss_points
from bench.records import Cell
from bench.stats.cells import Summary
from bench.text.numbers import percent
from bench.units import PERCENT

COMPUTING = "computing"


@dataclass(frozen=True, slots=True)
class Shares:
    """The parts of each cell's remote latency, and the sum of those outside of computing [%]."""

    summary: Summary
    parts: tuple[Part, ...]
    sums: Mapping[Cell, float]


def component_chart(summary: Summary, note: str) -> Chart | None:
    """Return the chart of the parts of a request's time; None where no cell has them."""
    paired = loss_points(summary)
    cells = [cell for cell in summary.cells if cell.cell in paired]
    shares = {cell.cell: cell.components.shares_outside() for cell in cells}
    outside = tuple(
        Part(cell, name, share)
        for cell, by_part in shares.items()
        for name, share in by_part.items()
    )
    if not outside:
        return None
    sums = {cell: sum(by_part.values()) for cell, by_part in shares.items() if by_part}
    parts = (*outside, *(Part(cell, COMPUTING, PERCENT - share) for cell, share in sums.items()))
    return Chart(
        slug="lead-components",
        title="Where a remote request's time goes",
        alt="Parts of a remote request's time, for each batch size and thread count",
        caption=_caption(outside, sums),
        source="details.csv, component_*",
        values=part_values("components", "%", parts),
        content=Shares(summary, parts, sums),
        note=note,
        role=LEAD,
    )


def _caption(parts: Sequence[Part], sums: Mapping[Cell, float]) -> str:
    least, most = min(sums, key=lambda cell: sums[cell]), max(sums, key=lambda cell: sums[cell])
    main = max((p for p in parts if p.cell == most), key=lambda part: part.percent)
    return (
        f"Outside of computing a remote request spends {percent(sums[least])} ({where(least)}) to "
        f"{percent(sums[most])} ({where(most)}) of its time, there most of all in {main.name}."
    )
