"""The summary table: one row per cell, with a word for each verdict and a small interval plot."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from bench.stats.cells import CellSummary, Summary
from bench.stats.estimate import Estimate
from bench.text import numbers
from bench.text.verdicts import verdict_legend, verdict_rank, verdict_words
from bench.units import NS_PER_MS

_ROWS_SHOWN = 28
_MAX_TICKS = 4


def legend(cells: Sequence[CellSummary]) -> list[dict[str, str]]:
    """Return mark, word and meaning of each verdict that the table shows."""
    return verdict_legend(
        word
        for cell in cells
        for word in (cell.overhead_verdict, cell.latency_verdict, cell.throughput_verdict)
    )


def summary_table(summary: Summary, prefix: str) -> dict[str, Any]:
    """Return the table, its rows grouped by batch size.

    Parameters
    ----------
    summary : Summary
        All planned cells.
    prefix : str
        Prefix of the picture names, to which a batch size links.

    Returns
    -------
    dict
        ``zero``, where the plots have their zero line [percent of their width], ``ticks`` of their
        scale, ``form``, and ``groups``.
    """
    scale = PlotScale([_plotted(cell) for cell in summary.cells])
    ordered = sorted(summary.cells, key=lambda c: (c.batch_size, c.threads))
    groups = [
        {
            "batch": str(batch_size),
            "anchor": f"{prefix}-latency-ratio-{batch_size}",
            "rows": [_row(cell, scale) for cell in cells],
        }
        for batch_size, cells in groupby(ordered, key=lambda c: c.batch_size)
    ]
    # A short table is shown whole; a long one scrolls, so that the charts stay near.
    form = "tall" if len(ordered) > _ROWS_SHOWN else "whole"
    return {"zero": scale.at(0.0), "ticks": scale.ticks(), "form": form, "groups": groups}


def _plotted(cell: CellSummary) -> Estimate | None:
    """Return what is plotted of a cell: its overhead, or the loss where none is known."""
    return cell.overhead.overhead_percent or cell.latency_loss_percent


def _row(cell: CellSummary, scale: "PlotScale") -> dict[str, Any]:
    overhead = cell.overhead
    return {
        "threads": str(cell.threads),
        "overhead": overhead_words(cell),
        "plot": scale.plot(_plotted(cell)),
        "computing": {
            "value": numbers.loss(overhead.compute_difference_percent),
            "interval": numbers.interval(overhead.compute_difference_percent),
        },
        "latency": loss_words(cell.latency_loss_percent, cell.latency_verdict),
        **{f"{arm}_ms": numbers.milliseconds(of.latency_ns) for arm, of in cell.arms.items()},
        "throughput": loss_words(cell.throughput_loss_percent, cell.throughput_verdict),
        **{f"{arm}_ips": numbers.value(of.throughput_ips) for arm, of in cell.arms.items()},
        "failed": f"{cell.failed_count} failed" if cell.failed_count else "",
        "order": _order(cell),
    }


def _order(cell: CellSummary) -> dict[str, str]:
    """Return what each column of a row is ordered by: a number of the same unit, or nothing."""
    return {
        "overhead_ms": numbers.exact(cell.overhead.overhead_ns, NS_PER_MS),
        "overhead": numbers.exact(cell.overhead.overhead_percent),
        "overhead_verdict": str(verdict_rank(cell.overhead_verdict)),
        "computing": numbers.exact(cell.overhead.compute_difference_percent),
        "latency": numbers.exact(cell.latency_loss_percent),
        "latency_verdict": str(verdict_rank(cell.latency_verdict)),
        **{f"{n}_ms": numbers.exact(of.latency_ns, NS_PER_MS) for n, of in cell.arms.items()},
        "throughput": numbers.exact(cell.throughput_loss_percent),
        "throughput_verdict": str(verdict_rank(cell.throughput_verdict)),
        **{f"{n}_ips": numbers.exact(of.throughput_ips) for n, of in cell.arms.items()},
    }


def loss_words(estimate: Estimate | None, verdict: str) -> dict[str, str]:
    """Return a loss as the page shows it: value, interval, verdict with its mark and tone."""
    words = verdict_words(verdict, None if estimate is None else estimate.point)
    return {
        "value": numbers.loss(estimate),
        "interval": numbers.interval(estimate),
        "verdict": words.word,
        "mark": words.mark,
        "tone": words.tone,
    }


def overhead_words(cell: CellSummary) -> dict[str, str]:
    """Return an overhead as the page shows it: in ms and in percent, with its verdict."""
    overhead, words = cell.overhead, verdict_words(cell.overhead_verdict)
    share = overhead.overhead_percent
    return {
        "ms": numbers.milliseconds(overhead.overhead_ns),
        "ms_interval": numbers.millisecond_ends(overhead.overhead_ns),
        "value": "" if share is None else numbers.share(share.point),
        "interval": numbers.share_ends(share),
        "verdict": words.word,
        "mark": words.mark,
        "tone": words.tone,
    }


class PlotScale:
    """One scale for all plots of a table, which always shows zero."""

    def __init__(self, losses: Sequence[Estimate | None]) -> None:
        ends = [end for e in losses if e for end in (e.low, e.point, e.high) if end is not None]
        finite = [end for end in ends if math.isfinite(end)]
        self._low, high = min(0.0, *finite, 0.0), max(0.0, *finite, 0.0)
        self._span = high - self._low or 1.0

    def at(self, percent: float) -> str:
        """Return where a loss lies, in percent of the plot's width."""
        return f"{100 * (percent - self._low) / self._span:.1f}"

    def ticks(self) -> list[dict[str, str]]:
        """Return a few round percentages, zero among them, and where they lie."""
        step = 10 ** math.floor(math.log10(self._span / _MAX_TICKS))
        while self._span / step > _MAX_TICKS:
            step *= 2 if self._span / step <= 2 * _MAX_TICKS else 5
        first, last = math.ceil(self._low / step), math.floor((self._low + self._span) / step)
        marked = [step * place for place in range(first, last + 1)]
        return [{"at": self.at(at), "label": f"{numbers.plain(round(at, 6))}%"} for at in marked]

    def plot(self, loss: Estimate | None) -> dict[str, str] | None:
        """Return where point and interval lie; None where there is nothing to draw."""
        if loss is None or not math.isfinite(loss.point):
            return None
        low, high = loss.low, loss.high
        if low is None or high is None or not math.isfinite(low) or not math.isfinite(high):
            low = high = loss.point
        width = 100 * (high - low) / self._span
        return {"at": self.at(loss.point), "left": self.at(low), "width": f"{width:.1f}"}
