"""The parts of a remote request's time: those outside of computing, and computing on top."""

from matplotlib.axes import Axes

from bench.charts.captions import rests_on
from bench.charts.components import Shares
from bench.charts.drawing import theme
from bench.charts.drawing.canvas import set_y_ticks
from bench.charts.drawing.facets import PanelRow, Words, mark_empty_panels, new_facets
from bench.charts.drawing.scales import PercentScale
from bench.charts.drawing.stacks import draw_slabs, part_key, pile
from bench.charts.points import max_threads_text, thread_counts
from bench.text.numbers import percent

_WHOLE = PercentScale(0.0, 100.0, 20.0)


def draw_shares(title: str, content: Shares) -> Axes:
    """Draw the piles of all cells on a fresh sheet."""
    summary, parts, sums = content.summary, content.parts, content.sums
    threads = thread_counts(summary)
    last = {cell: share for cell, share in sums.items() if cell.threads == threads[-1]}
    numbers = {cell.batch_size: percent(share) for cell, share in last.items()}
    facets = new_facets(
        Words(
            title,
            "percent of its latency; what is outside of computing is below",
            f"{rests_on(summary, 'means')}; numbers: outside, {max_threads_text(summary)}",
        ),
        part_key(parts),
        [PanelRow("outside", theme.INK, numbers)],
        summary.batch_sizes,
        threads,
    )
    draw_slabs(facets, pile(parts), _WHOLE)
    facets.axes.set_ylim(_WHOLE.low, _WHOLE.high)
    set_y_ticks(facets.axes, _WHOLE.ticks, [f"{tick:.0f}%" for tick in _WHOLE.ticks])
    mark_empty_panels(facets, sums, summary)
    return facets.axes
