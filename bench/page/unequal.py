"""The answer of a run whose arms have different engines: how many times as fast remote is."""

from bench.page.engines import engine_words
from bench.records import Engines
from bench.stats.cells import CellSummary, Summary
from bench.stats.time_ratio import TimeRatio, time_ratio
from bench.text import numbers
from bench.text.numbers import counted

Figure = dict[str, str]


def unequal_answer(engines: Engines, summary: Summary) -> str:
    """Return how many times as fast, or as long, remote answers at the ends of the batch sizes."""
    local, remote = engine_words(engines.local), engine_words(engines.remote)
    ends = [(cell, ratio) for cell in summary.headline_cells if (ratio := time_ratio(cell))]
    if not ends:
        return f"It is not known how fast remote ({remote}) is against local ({local})."
    parts = " and ".join(_compared(cell, ratio) for cell, ratio in ends)
    threads = counted(ends[0][0].threads, "thread")
    return f"With {threads}, remote ({remote}) {parts}, compared with local ({local})."


def speed_figures(summary: Summary) -> list[Figure]:
    """Return how many times as fast remote is, at the ends of the batch sizes: value and label."""
    figures = []
    for cell in summary.headline_cells:
        if (ratio := time_ratio(cell)) is None:
            continue
        interval = numbers.number_ends(ratio.times)
        what = "as fast as local" if ratio.faster else "as long as local"
        where = f"batch {cell.batch_size}, {counted(cell.threads, 'thread')}"
        figures.append(
            {
                "value": numbers.times(ratio.times.point),
                "label": f"{what}, {where}{interval and f': {interval}'}",
                "tone": "better" if ratio.faster else "worse",
            }
        )
    return figures


def _compared(cell: CellSummary, ratio: TimeRatio) -> str:
    where = f"at batch {cell.batch_size}"
    if ratio.even:
        return f"takes as long {where} ({numbers.number_ends(ratio.as_long)} times)"
    times, interval = numbers.value(ratio.times), numbers.number_ends(ratio.times)
    words = f"is {times} times as fast" if ratio.faster else f"takes {times} times as long"
    return f"{words} {where}{interval and f' ({interval})'}"
