"""Where a remote request's time goes: the parts outside of computing, piled up."""

from matplotlib.axes import Axes

from bench.charts.captions import rests_on
from bench.charts.components import Shares
from bench.charts.drawing import theme
from bench.charts.drawing.canvas import set_y_ticks
from bench.charts.drawing.facets import Row, Words, mark_empty_panels, new_facets
from bench.charts.drawing.scales import percent_scale, tick_name
from bench.charts.drawing.stacks import draw_slabs, part_key, pile, pile_ends
from bench.charts.points import most_threads, thread_counts
from bench.text.numbers import percent

_LEAST_REACH_PERCENT = 1.0


def draw_shares(title: str, content: Shares) -> Axes:
    """Draw the piles of all cells on a fresh sheet."""
    summary, parts, sums = content.summary, content.parts, content.sums
    slabs, threads = pile(parts), thread_counts(summary)
    scale = percent_scale(pile_ends(slabs), _LEAST_REACH_PERCENT)
    last = {cell: share for cell, share in sums.items() if cell.threads == threads[-1]}
    numbers = {cell.batch_size: percent(share) for cell, share in last.items()}
    facets = new_facets(
        Words(
            title,
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
