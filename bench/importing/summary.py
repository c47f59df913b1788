"""Aggregated rows of another study become a summary: means and ranges, nothing inferred.

The rows have one mean for each configuration. How much such a mean would vary from one process
to the next cannot be known from them, so there is no interval and no verdict.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from bench.records import Cell
from bench.stats.estimate import (
    IMPORTED,
    LEVEL,
    NOT_MEASURED,
    CellSummary,
    Estimate,
    Range,
    Summary,
)
from bench.stats.intervals import LATENCY, THROUGHPUT, LossScale
from bench.units import NS_PER_MS, NS_PER_S

_SAME_FRACTION = 1e-6
Values = Mapping[Any, Any]


def summarise_imported(rows: pd.DataFrame, cells: Iterable[Cell]) -> Summary:
    """Return the means of every planned cell and the losses between them.

    Parameters
    ----------
    rows : DataFrame
        At most one row for each ``batch_size``, ``threads`` and ``arm``, with
        ``latency_min_ms``, ``latency_mean_ms``, ``latency_max_ms`` and ``throughput_ips``.
    cells : iterable of Cell
        What is shown; a cell without rows was not measured.
    """
    found: dict[tuple[int, int, str], Values] = {
        (row["batch_size"], row["threads"], row["arm"]): row
        for row in rows.to_dict(orient="records")
    }
    none: Values = {}
    summaries = tuple(
        _summarise_cell(
            cell, *(found.get((cell.batch_size, cell.threads, arm), none) for arm in _ARMS)
        )
        for cell in sorted(cells)
    )
    return Summary(cells=summaries, blocks=0, noise_floor_percent=None)


def derived_throughput(rows: pd.DataFrame) -> bool:
    """Return whether every throughput is the batch over the mean latency: it says nothing new."""
    both = rows.dropna(subset=["throughput_ips", "latency_mean_ms"])
    expected = both.batch_size / (both.latency_mean_ms * NS_PER_MS / NS_PER_S)
    return bool(len(both) and ((both.throughput_ips / expected - 1).abs() < _SAME_FRACTION).all())


_ARMS = ("local", "remote")


def _summarise_cell(cell: Cell, local: Values, remote: Values) -> CellSummary:
    latency = _loss(local, remote, "latency_mean_ms", LATENCY)
    throughput = _loss(local, remote, "throughput_ips", THROUGHPUT)
    return CellSummary(
        batch_size=cell.batch_size,
        threads=cell.threads,
        blocks=0,
        requests=0,
        failed_count=0,
        latency_local_ns=_point(local, "latency_mean_ms", NS_PER_MS),
        latency_remote_ns=_point(remote, "latency_mean_ms", NS_PER_MS),
        latency_loss_percent=latency,
        throughput_local_ips=_point(local, "throughput_ips"),
        throughput_remote_ips=_point(remote, "throughput_ips"),
        throughput_loss_percent=throughput,
        compute_ratio=None,
        latency_verdict=NOT_MEASURED if latency is None else IMPORTED,
        throughput_verdict=NOT_MEASURED if throughput is None else IMPORTED,
        latency_local_range_ns=_range(local),
        latency_remote_range_ns=_range(remote),
    )


def _value(row: Values, name: str) -> float | None:
    value = row.get(name)
    return None if value is None or math.isnan(value) else float(value)


def _point(row: Values, name: str, scale: float = 1.0) -> Estimate | None:
    value = _value(row, name)
    return None if value is None else Estimate(scale * value, None, None, LEVEL, 0)


def _loss(local: Values, remote: Values, name: str, scale: LossScale) -> Estimate | None:
    a, b = _value(local, name), _value(remote, name)
    if a is None or b is None:
        return None
    return Estimate(scale.to_percent(scale.sign * math.log(b / a)), None, None, LEVEL, 0)


def _range(row: Values) -> Range | None:
    least, most = _value(row, "latency_min_ms"), _value(row, "latency_max_ms")
    if least is None or most is None:
        return None
    return Range(least=NS_PER_MS * least, most=NS_PER_MS * most)
