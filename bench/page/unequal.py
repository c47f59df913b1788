"""The answer of a run whose arms have different engines: how many times as fast remote is."""

from dataclasses import replace

from bench.page.engines import engine_words
from bench.records import Engines
from bench.stats.estimate import CellSummary, Estimate, Summary
from bench.text import numbers
from bench.text.numbers import counted
from bench.units import PERCENT

Figure = dict[str, str]


def unequal_answer(engines: Engines, summary: Summary) -> str:
    """Return how many times as fast, or as long, remote answers at the ends of the batch sizes."""
    local, remote = engine_words(engines.local), engine_words(engines.remote)
    ends = [cell for cell in summary.headline_cells if cell.latency_loss_percent is not None]
    if not ends:
        return f"It is not known how fast remote ({remote}) is against local ({local})."
    parts = " and ".join(_compared(cell) for cell in ends)
    threads = counted(ends[0].threads, "thread")
    return f"With {threads}, remote ({remote}) {parts}, compared with local ({local})."


def speed_figures(summary: Summary) -> list[Figure]:
    """Return how many times as fast remote is, at the ends of the batch sizes: value and label."""
    figures = []
    for cell in summary.headline_cells:
        if (ratio := _time_ratio(cell)) is None:
            continue
        faster = ratio.point < 1
        times, interval = _times(_inverse(ratio) if faster else ratio)
        what = "as fast as local" if faster else "as long as local"
        where = f"batch {cell.batch_size}, {counted(cell.threads, 'thread')}"
        figures.append(
            {
                "value": f"{times}×",  # noqa: RUF001 - the sign of multiplication
                "label": f"{what}, {where}{interval and f': {interval}'}",
                "tone": "better" if faster else "worse",
            }
        )
    return figures


def _compared(cell: CellSummary) -> str:
    where, ratio = f"at batch {cell.batch_size}", _time_ratio(cell)
    assert ratio is not None
    if ratio.low is not None and ratio.high is not None and ratio.low <= 1 <= ratio.high:
        return f"takes as long {where} ({_times(ratio)[1]} times)"
    if ratio.point < 1:
        times, interval = _times(_inverse(ratio))
        return f"is {times} times as fast {where}{interval and f' ({interval})'}"
    times, interval = _times(ratio)
    return f"takes {times} times as long {where}{interval and f' ({interval})'}"


def _time_ratio(cell: CellSummary) -> Estimate | None:
    """Return how many times as long remote takes as local."""
    loss = cell.latency_loss_percent
    return None if loss is None else loss.mapped(lambda percent: 1 + percent / PERCENT)


def _inverse(ratio: Estimate) -> Estimate:
    low, high = (None if end is None else 1 / end for end in (ratio.high, ratio.low))
    return replace(ratio, point=1 / ratio.point, low=low, high=high)


def _times(ratio: Estimate) -> tuple[str, str]:
    """Return a ratio and its interval in words; the interval is empty where there is none."""
    return numbers.number(ratio.point), numbers.number_ends(ratio)
