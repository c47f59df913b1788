"""The chart of where a remote request's time goes: the parts outside of computing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.charts.chart import Chart
from bench.charts.parts import Part, part_values, where
from bench.charts.points import loss_points
from bench.records import Cell
from bench.stats.estimate import Summary
from bench.text.numbers import percent


@dataclass(frozen=True, slots=True)
class Shares:
    """The parts of each cell's remote latency, and what they are together [percent]."""

    summary: Summary
    parts: tuple[Part, ...]
    sums: Mapping[Cell, float]


def component_chart(summary: Summary, note: str) -> Chart | None:
    """Return the chart of a request's time outside computing; None where no cell knows."""
    paired = loss_points(summary)
    cells = [cell for cell in summary.cells if cell.cell in paired]
    shares = {cell.cell: cell.components.shares_outside() for cell in cells}
    parts = tuple(
        Part(cell, name, share) for cell, of in shares.items() for name, share in of.items()
    )
    if not parts:
        return None
    sums = {cell: sum(of.values()) for cell, of in shares.items() if of}
    return Chart(
        slug="more-components",
        title="Where a remote request's time goes",
        alt="Time of a remote request outside computing, for each batch size and thread count",
        caption=_caption(parts, sums),
        source="details.csv, component_*",
        values=part_values("components", "%", parts),
        content=Shares(summary, parts, sums),
        note=note,
    )


def _caption(parts: Sequence[Part], sums: Mapping[Cell, float]) -> str:
    least, most = min(sums, key=lambda cell: sums[cell]), max(sums, key=lambda cell: sums[cell])
    main = max((p for p in parts if p.cell == most), key=lambda part: part.percent)
    return (
        f"Outside of computing a remote request spends {percent(sums[least])} ({where(least)}) to "
        f"{percent(sums[most])} ({where(most)}) of its time, there most of all in {main.name}."
    )
