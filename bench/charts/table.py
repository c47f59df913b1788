"""The data of a chart as a table: the points that it draws, in numbers and words."""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from bench.charts.points import ChartSpec, Point, chart_points
from bench.stats.estimate import LEVEL, NOT_MEASURED, Summary
from bench.text import numbers
from bench.text.numbers import number, signed_percent
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
        ``title``, ``columns``, and ``rows``, one a planned thread count: the threads; each arm's
        value [ms or images/s] or the loss [percent], and beside it the interval, or the range of
        single requests where no interval is known; a loss also has its verdict. Nothing is empty:
        what is missing is told in words.
    """
    points = chart_points(spec, summary)
    spread = _spread(points)
    values = ["Loss"] if spec.ratio else [f"Local, {spec.unit}", f"Remote, {spec.unit}"]
    heads = [head for value in values for head in ([value, spread] if spread else [value])]
    return {
        "title": f"{spec.topic}, batch {spec.batch_size}".capitalize(),
        "columns": ["Threads", *heads, *(["Verdict"] if spec.ratio else [])],
        "rows": [
            _row(spec, threads, list(arms), spread)
            for threads, arms in groupby(points, key=lambda point: point.threads)
        ],
    }


def _spread(points: Sequence[Point]) -> str:
    """Return the head of the column beside a value; empty where there is nothing to put there."""
    if any(not point.bare for point in points):
        return _INTERVAL
    return _RANGE if any(point.ranged for point in points) else ""


def _row(spec: ChartSpec, threads: int, arms: Sequence[Point], spread: str) -> list[str]:
    row = [str(threads)]
    for point in arms:
        row.append(_value(spec, point))
        if spread:
            row.append(_ends(spec, point, spread))
    if not spec.ratio:
        return row
    (loss,) = arms
    return [*row, verdict_words(loss.verdict, loss.value).word]


def _value(spec: ChartSpec, point: Point) -> str:
    if not point.measured:
        return NOT_MEASURED
    return signed_percent(point.value) if spec.ratio else number(point.value)


def _ends(spec: ChartSpec, point: Point, spread: str) -> str:
    low, high = (point.least, point.most) if spread == _RANGE else (point.low, point.high)
    if math.isnan(low):
        return "none"
    return numbers.loss_ends(low, high) if spec.ratio else f"{number(low)} to {number(high)}"
