"""Where a remote request's time goes: the parts outside of computing, piled up."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes

from bench.charts import theme
from bench.charts.canvas import set_y_ticks
from bench.charts.chart import Cell, Picture, loss_points, most_threads, rests_on, thread_counts
from bench.charts.facets import Row, Words, mark_empty_panels, new_facets
from bench.charts.scales import percent_scale, tick_name
from bench.charts.stacks import Part, draw_slabs, part_key, part_values, pile, pile_ends, where
from bench.stats.estimate import Summary
from bench.text.numbers import percent

_LEAST_REACH_PERCENT = 1.0


def component_picture(summary: Summary) -> Picture | None:
    """Return the chart of a request's time outside computing; None where no cell knows."""
    paired = loss_points(summary)
    parts = [
        Part(cell.batch_size, cell.threads, name, share)
        for cell in summary.cells
        if (cell.batch_size, cell.threads) in paired
        for name, share in cell.components.shares_outside().items()
    ]
    if not parts:
        return None
    return Picture(
        name="components",
        alt="Time of a remote request outside computing, for each batch size and thread count",
        caption=_caption(parts),
        source="details.csv, component_*",
        values=part_values("components", "%", parts),
        paint=lambda: _paint(summary, parts),
    )


def _paint(summary: Summary, parts: Sequence[Part]) -> Axes:
    slabs, threads = pile(parts), thread_counts(summary)
    scale = percent_scale(pile_ends(slabs), _LEAST_REACH_PERCENT)
    sums = _sums(parts)
    numbers = {size: percent(s) for (size, count), s in sums.items() if count == threads[-1]}
    facets = new_facets(
        Words(
            "Where a remote request's time goes",
            "percent of its latency outside of computing; lower is better",
            f"{rests_on(summary, 'means of them')}; numbers: at {most_threads(summary)}",
        ),
        part_key(parts),
        [Row("sum", theme.INK, numbers)],
        summary.batch_sizes,
        threads,
    )
    draw_slabs(facets, slabs, scale)
    facets.axes.set_ylim(min(0.0, *(slab.bottom for slab in slabs)), scale.high)
    ticks = [tick for tick in scale.ticks if tick >= 0]
    set_y_ticks(facets.axes, ticks, [tick_name(tick).removeprefix("+") for tick in ticks])
    mark_empty_panels(facets, sums, summary)
    return facets.axes


def _sums(parts: Iterable[Part]) -> dict[Cell, float]:
    sums: defaultdict[Cell, float] = defaultdict(float)
    for part in parts:
        sums[part.cell] += part.percent
    return dict(sums)


def _caption(parts: Sequence[Part]) -> str:
    sums = _sums(parts)
    least, most = min(sums, key=lambda cell: sums[cell]), max(sums, key=lambda cell: sums[cell])
    main = max((p for p in parts if p.cell == most), key=lambda part: part.percent)
    return (
        f"Outside of computing a remote request spends {percent(sums[least])} ({where(least)}) to "
        f"{percent(sums[most])} ({where(most)}) of its time, there most of all in {main.name}."
    )
