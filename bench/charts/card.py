"""The card of a run: the preview picture of links to its page."""

from dataclasses import dataclass
from typing import NamedTuple

from bench.charts.chart import CARD, Chart
from bench.stats.cells import CellSummary, Summary
from bench.stats.estimate import LEVEL
from bench.stats.time_ratio import time_ratio
from bench.text import numbers
from bench.text.numbers import counted


class CardFigure(NamedTuple):
    """A figure in large letters, what it means, and whether remote is better by it."""

    value: str
    what: str
    better: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A line above the figures, each figure with its meaning, and a line below them."""

    above: str
    figures: tuple[CardFigure, ...]
    below: str


def card_chart(title: str, summary: Summary, note: str, *, unequal: bool) -> Chart | None:
    """Return the card; None where its figures are not known.

    Parameters
    ----------
    title : str
        Title of the run.
    summary : Summary
        Its headline cells are on the card.
    note : str
        A warning written on the picture; empty: no warning.
    unequal : bool
        Whether the engines of the arms differ: the card then shows how many times as fast remote
        is, otherwise the overhead.
    """
    card = _speed_card(summary) if unequal else _overhead_card(summary)
    if not card.figures:
        return None
    phrase = "{0.value} {0.what}" if unequal else "{0.value} ({0.what})"
    return Chart(
        slug="card",
        title=title,
        alt=f"{title}: {card.above} {' and '.join(map(phrase.format, card.figures))}",
        caption="",
        values={
            "kind": "card",
            "parts": [{"figure": figure.value, "what": figure.what} for figure in card.figures],
        },
        content=card,
        note=note,
        role=CARD,
    )


def _overhead_card(summary: Summary) -> Card:
    figures = tuple(f for cell in summary.headline_cells if (f := _overhead_figure(cell)))
    return Card(_above(summary, "adds to a request"), figures, _below(summary))


def _overhead_figure(cell: CellSummary) -> CardFigure | None:
    overhead, share = cell.overhead.overhead_ns, cell.overhead.overhead_percent
    if overhead is None or share is None:
        return None
    of_local = f"{numbers.share(share.point)}{_in_brackets(numbers.share_ends(share))} of local"
    value = f"{numbers.milliseconds(overhead)} ms"
    return CardFigure(value, f"batch {cell.batch_size}: {of_local}")


def _speed_card(summary: Summary) -> Card:
    ends = [(cell, ratio) for cell in summary.headline_cells if (ratio := time_ratio(cell))]
    figures = []
    for cell, ratio in ends:
        what = f"as {'fast' if ratio.faster else 'long'} at batch {cell.batch_size}"
        interval = _in_brackets(numbers.number_ends(ratio.times))
        value = numbers.times(ratio.times.point)
        figures.append(CardFigure(value, f"{what}{interval}", better=ratio.faster))
    intervals = any(ratio.times.low is not None for _, ratio in ends)
    below = _below(summary, intervals=intervals)
    return Card(_above(summary, "compared with local:"), tuple(figures), below)


def _above(summary: Summary, words: str) -> str:
    threads = max((cell.threads for cell in summary.headline_cells), default=0)
    return f"With {counted(threads, 'thread')}, remote {words}"


def _below(summary: Summary, *, intervals: bool = True) -> str:
    blocks = counted(summary.counted_blocks, "block")
    return f"{blocks}, {LEVEL:.0%} intervals" if intervals else blocks


def _in_brackets(interval: str) -> str:
    return f" ({interval})" if interval else ""
