"""Losses as a terminal shows them: signed, and over batch sizes in one line a thread count."""

import math
from collections.abc import Iterator, Sequence

from bench.charts.numerals import counted, signed_percent
from bench.stats.estimate import Summary

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BLOCKS = "_.:-=+*#"
_ABSENT = " "
_LEAST_REACH_PERCENT = 5.0  # noise of a percent must not look like a mountain


def signed_ascii(loss: float) -> str:
    """Return a loss with its sign, none on zero, in ASCII: ``+4.1%``, ``-0.4%``, ``+inf%``."""
    return signed_percent(loss).replace("−", "-").replace("∞", "inf")


def loss_lines(summary: Summary, encoding: str) -> Iterator[str]:
    """Yield the latency losses as sparklines, all on one scale that begins at zero or below.

    Parameters
    ----------
    summary : Summary
        All planned cells; one without a loss leaves a gap.
    encoding : str
        Of what shows the lines; where it has no block characters, ASCII stands for them.

    Yields
    ------
    str
        A title, then a line a thread count with its least and greatest loss. Nothing where no
        loss was measured.
    """
    points = {
        (cell.batch_size, cell.threads): cell.latency_loss_percent.point
        for cell in summary.cells
        if cell.latency_loss_percent is not None
    }
    if not points:
        return
    sizes = summary.batch_sizes
    low, high = _scale(list(points.values()))
    blocks = BLOCKS if _can_show(BLOCKS, encoding) else ASCII_BLOCKS
    names = {threads: counted(threads, "thread") for threads in sorted({t for _, t in points})}
    width = max(map(len, names.values()))
    over = f"{sizes[0]} to {sizes[-1]}" if len(sizes) > 1 else sizes[0]
    yield f"latency loss, batch {over}"
    for threads, name in names.items():
        losses = [points.get((batch_size, threads)) for batch_size in sizes]
        line = "".join(_block(loss, low, high, blocks) for loss in losses)
        known = [loss for loss in losses if loss is not None]
        ends = signed_ascii(min(known)), signed_ascii(max(known))
        yield f"  {name:{width}}  {line}  {' .. '.join(ends)}"


def _scale(losses: Sequence[float]) -> tuple[float, float]:
    finite = [loss for loss in losses if math.isfinite(loss)]
    low, high = min(0.0, *finite, 0.0), max(0.0, *finite, 0.0)
    return low, max(high, low + _LEAST_REACH_PERCENT)


def _block(loss: float | None, low: float, high: float, blocks: str) -> str:
    if loss is None:
        return _ABSENT
    share = (min(loss, high) - low) / (high - low)
    return blocks[round(share * (len(blocks) - 1))]


def _can_show(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
