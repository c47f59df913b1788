"""The card of a run: the preview picture of links to its page."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.charts.chart import CARD, Chart
from bench.stats.estimate import LEVEL, CellSummary, Estimate, Summary
from bench.text import numbers
from bench.text.numbers import counted


@dataclass(frozen=True, slots=True)
class Card:
    """A line above the figures, each figure with its meaning, and a line below them."""

    above: str
    figures: tuple[tuple[str, str], ...]
    below: str


def card_chart(title: str, summary: Summary, note: str) -> Chart | None:
    """Return the card; None where no overhead is known.

    Parameters
    ----------
    title : str
        Title of the run.
    summary : Summary
        Its headline cells are on the card.
    note : str
        A warning written on the picture; empty: no warning.
    """
    cells = summary.headline_cells
    figures = tuple(figure for cell in cells for figure in _figures(cell))
    if not figures:
        return None
    above = f"With {counted(cells[0].threads, 'thread')}, remote adds to a request"
    below = f"{counted(summary.counted_blocks, 'block')}, {LEVEL:.0%} intervals"
    return Chart(
        slug="card",
        title=title,
        alt=f"{title}: {above} {_words(figures)}",
        caption="",
        values={"kind": "card", "parts": [{"figure": f, "what": w} for f, w in figures]},
        content=Card(above, figures, below),
        note=note,
        role=CARD,
    )


def _figures(cell: CellSummary) -> Sequence[tuple[str, str]]:
    overhead, share = cell.overhead.overhead_ns, cell.overhead.overhead_percent
    if overhead is None or share is None:
        return ()
    of_local = f"{numbers.share(share.point)}{_interval(share)} of local"
    return ((f"{numbers.milliseconds(overhead)} ms", f"batch {cell.batch_size}: {of_local}"),)


def _interval(share: Estimate) -> str:
    ends = numbers.share_ends(share)
    return f" ({ends})" if ends else ""


def _words(figures: Sequence[tuple[str, str]]) -> str:
    return " and ".join(f"{figure} ({what})" for figure, what in figures)
