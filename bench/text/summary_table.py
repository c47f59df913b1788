"""The summary as a table for people and programs: one row a cell, in fixed columns."""

from dataclasses import fields

from bench.stats.estimate import (
    Attribution,
    CellSummary,
    Components,
    Estimate,
    Quantile,
    Summary,
)
from bench.stats.quantile import PROBABILITIES
from bench.text.table import format_csv_rows
from bench.units import ns_to_ms

_DIGITS = 9
COLUMNS = (
    "batch_size",
    "threads",
    "latency_local_ms",
    "latency_remote_ms",
    "latency_loss_percent",
    "latency_loss_low",
    "latency_loss_high",
    "throughput_local_ips",
    "throughput_remote_ips",
    "throughput_loss_percent",
    "throughput_loss_low",
    "throughput_loss_high",
    "blocks",
    "requests",
    "verdict",
)
_ESTIMATES = (
    "latency_local_ns",
    "latency_remote_ns",
    "latency_loss_percent",
    "latency_loss_hl",
    "latency_loss_ns",
    "throughput_local_ips",
    "throughput_remote_ips",
    "throughput_loss_percent",
    "compute_ratio",
    "speedup_local",
    "speedup_remote",
)
_PLAIN = (
    "latency_verdict",
    "throughput_verdict",
    "blocks",
    "requests",
    "failed_count",
    "failed_fraction",
    "littles_law_local",
    "littles_law_remote",
)


def summary_rows(summary: Summary) -> list[dict[str, object]]:
    """Return one row a cell with the columns of ``COLUMNS``; absent values are None."""
    return [dict(zip(COLUMNS, _row(cell), strict=True)) for cell in summary.cells]


def detail_rows(summary: Summary) -> list[dict[str, object]]:
    """Return everything that is known of each cell, one flat row a cell; absent values are None.

    An estimate ``x`` has the columns ``x``, ``x_low`` and ``x_high``; components begin with
    ``component_``, parts of the latency loss [percentage points] with ``points_``; quantiles
    also have the effective size and the size they need. Flags are separated by spaces.
    """
    return [_detail_row(cell) for cell in summary.cells]


def format_csv(summary: Summary) -> str:
    """Return the rows as CSV, floats with 9 significant digits; absent values are empty."""
    return _csv(summary_rows(summary))


def format_details(summary: Summary) -> str:
    """Return the rows of :func:`detail_rows` as CSV, as :func:`format_csv` does."""
    return _csv(detail_rows(summary))


def _csv(rows: list[dict[str, object]]) -> str:
    rounded = [{name: _rounded(value) for name, value in row.items()} for row in rows]
    return format_csv_rows(list(rows[0]), rounded)


def _rounded(value: object) -> object:
    # The last digits of exp and log differ between processors, and a file must not.
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _row(cell: CellSummary) -> list[object]:
    return [
        cell.batch_size,
        cell.threads,
        _milliseconds(cell.latency_local_ns),
        _milliseconds(cell.latency_remote_ns),
        *_with_bounds(cell.latency_loss_percent),
        cell.throughput_local_ips and cell.throughput_local_ips.point,
        cell.throughput_remote_ips and cell.throughput_remote_ips.point,
        *_with_bounds(cell.throughput_loss_percent),
        cell.blocks,
        cell.requests,
        cell.latency_verdict,
    ]


def _detail_row(cell: CellSummary) -> dict[str, object]:
    row: dict[str, object] = {"batch_size": cell.batch_size, "threads": cell.threads}
    for name in _ESTIMATES:
        row |= _columns(name, getattr(cell, name))
    for part in fields(Attribution):
        row |= _columns(f"points_{part.name}", getattr(cell.attribution, part.name))
    for part in fields(Components):
        row |= _columns(f"component_{part.name}", getattr(cell.components, part.name))
    for arm, quantiles in (
        ("local", cell.quantiles_local_ns),
        ("remote", cell.quantiles_remote_ns),
    ):
        found = {quantile.probability: quantile for quantile in quantiles}
        for probability in PROBABILITIES:
            name = f"p{100 * probability:g}_{arm}_ns"
            row |= _quantile_columns(name, found.get(probability))
    row |= {name: getattr(cell, name) for name in _PLAIN}
    row["flags"] = " ".join(cell.flags)
    return row


def _columns(name: str, estimate: Estimate | Quantile | None) -> dict[str, object]:
    return {
        name: estimate and estimate.point,
        f"{name}_low": estimate and estimate.low,
        f"{name}_high": estimate and estimate.high,
    }


def _quantile_columns(name: str, quantile: Quantile | None) -> dict[str, object]:
    return {
        **_columns(name, quantile),
        f"{name}_effective_size": quantile and quantile.effective_size,
        f"{name}_needed_size": quantile and quantile.needed_size,
    }


def _milliseconds(estimate: Estimate | None) -> float | None:
    return None if estimate is None else ns_to_ms(estimate.point)


def _with_bounds(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if estimate is None else (estimate.point, estimate.low, estimate.high)
