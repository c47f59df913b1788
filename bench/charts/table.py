"""The data of a chart as a table: the points that it draws, in numbers and words, and as CSV."""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from bench.charts.points import ChartSpec, Point, chart_points
from bench.stats.cells import ARMS, Summary
from bench.stats.estimate import LEVEL
from bench.stats.verdict_words import NOT_MEASURED
from bench.text import numbers
from bench.text.numbers import number, signed_percent
from bench.text.table import format_csv_rows
from bench.text.verdicts import verdict_words

_INTERVAL = f"{LEVEL:.0%} interval"
_RANGE = "Range"


def chart_table(spec: ChartSpec, summary: Summary) -> dict[str, Any]:
    """Return what a chart shows as a table of strings.

    Parameters
    ----------
    spec : ChartSpec
        The chart.
    summary : Summary
        All planned cells.

    Returns
    -------
    dict
        ``title``, ``columns``, and ``rows``, one per planned thread count: the threads; each arm's
        value [ms or images/s] or the loss [percent], and beside it the interval, or the range of
        single requests where no interval is known; the overhead [ms or percent] where it is known;
        a loss also has its verdict. No string is empty: a missing value is a word.
    """
    points = chart_points(spec, summary)
    spread = _spread(points)
    arms = [summary.names[arm] for arm in ARMS]
    values = ["Loss"] if spec.ratio else [f"{arm.capitalize()}, {spec.unit}" for arm in arms]
    heads = [head for value in values for head in ([value, spread] if spread else [value])]
    names = {"latency": "Overhead, ms", "throughput-ratio": "Of it waiting"}
    name = names.get(spec.kind, "Of it overhead")
    overhead = [name] if any(point.split for point in points) else []
    return {
        "title": f"{spec.topic}, batch {spec.batch_size}".capitalize(),
        "columns": ["Threads", *heads, *overhead, *(["Verdict"] if spec.ratio else [])],
        "rows": [
            _row(spec, threads, list(arms), spread, overhead=bool(overhead))
            for threads, arms in groupby(points, key=lambda point: point.threads)
        ],
    }


def chart_csv(values: Mapping[str, Any]) -> str:
    """Return the values of a chart as CSV, one row per point or part.

    Parameters
    ----------
    values : mapping
        The values of a :class:`bench.charts.chart.Chart`; ``points`` or ``parts`` are the rows;
        every other number or text becomes a column with the same value in all rows.
    """
    shared = {name: value for name, value in values.items() if isinstance(value, (str, int, float))}
    rows = [{**shared, **row} for row in values.get("points", values.get("parts", ()))]
    return format_csv_rows(list(dict.fromkeys(name for row in rows for name in row)), rows)


def _spread(points: Sequence[Point]) -> str:
    """Return the heading of the column beside a value; empty: no such column."""
    if any(not point.bare for point in points):
        return _INTERVAL
    return _RANGE if any(point.ranged for point in points) else ""


def _row(
    spec: ChartSpec, threads: int, arms: Sequence[Point], spread: str, *, overhead: bool
) -> list[str]:
    row = [str(threads)]
    for point in arms:
        row.append(_value(spec, point))
        if spread:
            row.append(_ends(spec, point, spread))
    last = arms[-1]
    if overhead:
        row.append(_overhead(spec, last) if last.split else "none")
    return [*row, verdict_words(last.verdict, last.value).word] if spec.ratio else row


def _overhead(spec: ChartSpec, point: Point) -> str:
    return signed_percent(point.overhead) if spec.ratio else number(point.overhead)


def _value(spec: ChartSpec, point: Point) -> str:
    if not point.measured:
        return NOT_MEASURED
    return signed_percent(point.value) if spec.ratio else number(point.value)


def _ends(spec: ChartSpec, point: Point, spread: str) -> str:
    low, high = (point.least, point.most) if spread == _RANGE else (point.low, point.high)
    if math.isnan(low):
        return "none"
    return numbers.loss_ends(low, high) if spec.ratio else f"{number(low)} to {number(high)}"
