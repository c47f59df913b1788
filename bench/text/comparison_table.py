"""A comparison as a table: for programs (one row per cell and metric) and as Markdown."""

import math
from collections.abc import Callable

from bench.stats.comparison import Change, Comparison
from bench.stats.estimate import Estimate
from bench.stats.metrics import LOCAL, METRICS, OVERHEAD, Metric
from bench.stats.verdict_words import FASTER, SLOWER
from bench.text.numbers import counted, listed, with_ends
from bench.text.table import format_csv_rows, format_markdown, with_bounds
from bench.text.verdicts import count_verdicts, verdict_words

COLUMNS = (
    "metric",
    "batch_size",
    "threads",
    "a",
    "b",
    "unit",
    "change_percent",
    "change_low",
    "change_high",
    "blocks_a",
    "blocks_b",
    "verdict",
    "change_ms",
    "change_ms_low",
    "change_ms_high",
)


def comparison_rows(comparison: Comparison) -> list[dict[str, object]]:
    """Return one row per metric and cell: None is absent, the string ``inf`` is infinite."""
    return [dict(zip(COLUMNS, _row(change), strict=True)) for change in comparison.changes]


def format_comparison_csv(comparison: Comparison) -> str:
    """Return the rows as CSV; absent values are empty."""
    return format_csv_rows(COLUMNS, comparison_rows(comparison))


def format_comparison_markdown(comparison: Comparison) -> str:
    """Return a table for each metric, as it fits into a pull request."""
    tables = "\n".join(
        f"### {metric.name}: {verdict_counts_text(comparison, metric.name)}\n\n"
        f"{_markdown(comparison, metric)}"
        for metric in METRICS
    )
    return tables + "".join(f"\n{text}.\n" for text in conclusions(comparison))


def conclusions(comparison: Comparison) -> list[str]:
    """Return what the tables say together: of the overhead in ms, and of the machine."""
    return [text for text in (overhead_text(comparison), machine_text(comparison)) if text]


def verdict_counts_text(comparison: Comparison, metric: str) -> str:
    """Return a metric's verdicts as words: ``slower in 1 cell, equivalent in 13``."""
    verdicts = [change.verdict for change in comparison.changes if change.metric == metric]
    return count_verdicts(verdicts)


def overhead_text(comparison: Comparison) -> str:
    """Return by how much B's overhead differs [ms], at the smallest and the largest batch size.

    Of the cells that both runs have at the most threads; empty without one.
    """
    found = [
        (change.cell, change.change_ms)
        for change in comparison.changes
        if change.metric == OVERHEAD and change.change_ms is not None
    ]
    if not found:
        return ""
    threads = max(cell.threads for cell, _ in found)
    most = [each for each in found if each[0].threads == threads]
    texts = [
        f"{_with_interval(change, _signed, ' ms')} at batch {cell.batch_size}"
        for cell, change in most[:1] + most[1:][-1:]
    ]
    return f"overhead, B minus A: {listed(texts)}, {counted(threads, 'thread')}"


def machine_text(comparison: Comparison) -> str:
    """Return a sentence on local latency, the control: a change in it affects both arms alike."""
    changed = comparison.local_change_percent
    verdicts = [change.verdict for change in comparison.changes if change.metric == LOCAL]
    if changed is None:
        return ""
    cells = counted(len(verdicts), "cell")
    text = f"local latency changed by {changed:+.1f} % in the median of {cells}"
    for verdict, word in ((SLOWER, "slower"), (FASTER, "faster")):
        if verdicts.count(verdict) * 2 > len(verdicts):
            return f"{text}: the machine or the model became {word}, for both arms alike"
    return text


def format_value(value: float | None) -> str:
    """Return a value with about four digits; empty where there is none."""
    if value is None:
        return ""
    return f"{value:,.{_digits(value)}f}"


def format_change(change: Change) -> str:
    """Return a change in percent with its interval: ``+5.0% (+4.1 to +5.9)``."""
    estimate = change.change_percent
    if estimate is None:
        return ""
    return _with_interval(estimate, "{:+.1f}".format, "%")


def _digits(value: float) -> int:
    return max(0, 4 - len(str(int(abs(value))))) if math.isfinite(value) else 0


def _signed(value: float) -> str:
    return f"{value:+,.{_digits(value)}f}"


def _with_interval(estimate: Estimate, write: Callable[[float], str], unit: str) -> str:
    point = f"{write(estimate.point)}{unit}"
    if estimate.low is None or estimate.high is None:
        return point
    return with_ends(point, write(estimate.low), write(estimate.high))


def _markdown(comparison: Comparison, metric: Metric) -> str:
    columns = ("batch", "threads", f"A {metric.unit}", f"B {metric.unit}", "B worse by", "verdict")
    rows = [
        (
            str(c.cell.batch_size),
            str(c.cell.threads),
            format_value(c.a),
            format_value(c.b),
            format_change(c),
            change_word(c),
        )
        for c in comparison.changes
        if c.metric == metric.name
    ]
    return format_markdown(columns, "|---:|---:|---:|---:|---:|:---|", rows)


def _row(change: Change) -> list[object]:
    estimate = change.change_percent
    return [
        change.metric,
        change.cell.batch_size,
        change.cell.threads,
        _plain(change.a),
        _plain(change.b),
        change.unit,
        estimate and _plain(estimate.point),
        estimate and estimate.low,
        estimate and estimate.high,
        change.blocks_a,
        change.blocks_b,
        change.verdict,
        *(_plain(ms) for ms in with_bounds(change.change_ms)),
    ]


def change_word(change: Change) -> str:
    """Return a change's verdict as people read it."""
    point = None if change.change_percent is None else change.change_percent.point
    return verdict_words(change.verdict, point).word


def _plain(value: float | None) -> float | str | None:
    # JSON has no number for infinity.
    return value if value is None or math.isfinite(value) else str(value)
