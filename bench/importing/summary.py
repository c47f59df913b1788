"""Aggregated rows of another study become a summary: means and ranges, nothing inferred.

The rows have one mean for each configuration. How much such a mean would vary from one process
to the next cannot be known from them, so there is no interval and no verdict.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pandas as pd

from bench.errors import DataError
from bench.records import Cell, RunInfo
from bench.stats.cells import ARMS, ArmSummary, CellSummary, Summary
from bench.stats.estimate import LEVEL, Estimate, Range
from bench.stats.loss_scale import LATENCY, THROUGHPUT, LossScale
from bench.stats.pooled import pool_cells
from bench.stats.results import Results
from bench.stats.verdict_words import IMPORTED, NOT_MEASURED
from bench.store.aggregate_file import read_aggregates
from bench.store.aggregates import Choice, Chosen, choose_rows
from bench.store.folder import RunFolder
from bench.store.run import Run
from bench.units import NS_PER_MS, NS_PER_S

_SAME_FRACTION = 1e-6
Values = Mapping[Any, Any]


def summarise_import(run: Run) -> Results:
    """Return the results of an imported run: a summary, and caveats.

    Raises
    ------
    DataError
        If its rows are missing, damaged or ambiguous.
    """
    chosen = choose_rows(read_aggregates(RunFolder(run.path)), _choice(run.info))
    summary = summarise_rows(chosen.rows, run.info.experiment.cells)
    choice = _choice(run.info)
    summary = replace(summary, names={"local": choice.local, "remote": choice.remote})
    return Results(summary, caveats=tuple(_caveats(chosen)))


def _choice(info: RunInfo) -> Choice:
    try:
        return msgspec.convert(info.source.get("choice", {}), Choice)
    except msgspec.ValidationError as error:
        raise DataError(f"the source of run {info.run} is damaged: {error}.") from error


def _caveats(chosen: Chosen) -> Iterator[str]:
    if derived_throughput(chosen.rows):
        yield (
            "Each throughput is the batch over the mean latency, so it was not measured on its own "
            "and its loss says nothing new."
        )
    if chosen.also_differ:
        yield (
            f"The two arms differ in {', '.join(chosen.also_differ)}, too; a loss may come from "
            "that."
        )


def summarise_rows(rows: pd.DataFrame, cells: Iterable[Cell]) -> Summary:
    """Return the means of every planned cell and the losses between them.

    Parameters
    ----------
    rows : DataFrame
        At most one row for each ``batch_size``, ``threads`` and ``arm``, with
        ``latency_min_ms``, ``latency_mean_ms``, ``latency_max_ms`` and ``throughput_ips``.
    cells : iterable of Cell
        The planned cells; one without rows was not measured.
    """
    rows_by_key: dict[tuple[int, int, str], Values] = {
        (row["batch_size"], row["threads"], row["arm"]): row
        for row in rows.to_dict(orient="records")
    }
    summaries = tuple(
        _summarise_cell(
            cell, {arm: rows_by_key.get((cell.batch_size, cell.threads, arm), {}) for arm in ARMS}
        )
        for cell in sorted(cells)
    )
    return Summary(summaries, blocks=0, noise_floor_percent=None, pooled=pool_cells(summaries))


def derived_throughput(rows: pd.DataFrame) -> bool:
    """Return whether every throughput is the batch over the mean latency: it adds no information.

    Parameters
    ----------
    rows : DataFrame
        One row per cell and arm; of its columns ``batch_size`` [images],
        ``latency_mean_ms`` and ``throughput_ips`` are read. Rows with NaN do not count.
    """
    complete_rows = rows.dropna(subset=["throughput_ips", "latency_mean_ms"])
    expected = complete_rows.batch_size / (complete_rows.latency_mean_ms * NS_PER_MS / NS_PER_S)
    return bool(
        len(complete_rows)
        and ((complete_rows.throughput_ips / expected - 1).abs() < _SAME_FRACTION).all()
    )


def _summarise_cell(cell: Cell, arms: Mapping[str, Values]) -> CellSummary:
    local, remote = (arms[arm] for arm in ARMS)
    latency = _loss(local, remote, "latency_mean_ms", LATENCY)
    throughput = _loss(local, remote, "throughput_ips", THROUGHPUT)
    return CellSummary(
        cell=cell,
        blocks=0,
        requests=0,
        failed_count=0,
        arms={
            arm: ArmSummary(
                latency_ns=_point(row, "latency_mean_ms", NS_PER_MS),
                throughput_ips=_point(row, "throughput_ips"),
                range_ns=_range(row),
            )
            for arm, row in arms.items()
        },
        latency_loss_percent=latency,
        throughput_loss_percent=throughput,
        compute_ratio=None,
        latency_verdict=NOT_MEASURED if latency is None else IMPORTED,
        throughput_verdict=NOT_MEASURED if throughput is None else IMPORTED,
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
