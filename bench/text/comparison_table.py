"""A comparison as a table: for programs (one row a cell and metric) and as Markdown for people."""

import math

from bench.stats.comparison import METRICS, Change, Comparison, Metric
from bench.text.table import format_csv_rows, format_markdown

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
)


def comparison_rows(comparison: Comparison) -> list[dict[str, object]]:
    """Return one row a metric and cell: None is absent, the string ``inf`` never ended."""
    return [dict(zip(COLUMNS, _row(change), strict=True)) for change in comparison.changes]


def format_comparison_csv(comparison: Comparison) -> str:
    """Return the rows as CSV; absent values are empty."""
    return format_csv_rows(COLUMNS, comparison_rows(comparison))


def format_comparison_markdown(comparison: Comparison) -> str:
    """Return a table for each metric, as it fits into a pull request."""
    return "\n".join(
        f"### {metric.name}: {said(comparison, metric.name)}\n\n{_markdown(comparison, metric)}"
        for metric in METRICS
    )


def said(comparison: Comparison, metric: str) -> str:
    """Return a metric's verdicts as words: ``slower in 1, equivalent in 13 cells``."""
    counts = comparison.count(metric).items()
    return ", ".join(f"{word} in {number}" for word, number in counts) or "no common cell"


def shown(value: float | None) -> str:
    """Return a value with four digits; empty where there is none."""
    return "" if value is None else f"{value:.4g}"


def shown_change(change: Change) -> str:
    """Return a change in percent with its interval: ``+5.0% [+4.1 +5.9]``."""
    found = change.change_percent
    if found is None:
        return ""
    if found.low is None:
        return f"{found.point:+.1f}%"
    return f"{found.point:+.1f}% [{found.low:+.1f} {found.high:+.1f}]"


def _markdown(comparison: Comparison, metric: Metric) -> str:
    columns = ("batch", "threads", f"A {metric.unit}", f"B {metric.unit}", "B worse by", "verdict")
    rows = [
        (
            str(c.cell.batch_size),
            str(c.cell.threads),
            shown(c.a),
            shown(c.b),
            shown_change(c),
            c.verdict,
        )
        for c in comparison.changes
        if c.metric == metric.name
    ]
    return format_markdown(columns, "|---:|---:|---:|---:|---:|:---|", rows)


def _row(change: Change) -> list[object]:
    found = change.change_percent
    return [
        change.metric,
        change.cell.batch_size,
        change.cell.threads,
        _plain(change.a),
        _plain(change.b),
        change.unit,
        found and _plain(found.point),
        found and found.low,
        found and found.high,
        change.blocks_a,
        change.blocks_b,
        change.verdict,
    ]


def _plain(value: float | None) -> float | str | None:
    # JSON has no number for what never ended.
    return value if value is None or math.isfinite(value) else str(value)
