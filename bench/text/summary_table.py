"""The summary as a table for people and programs: one row per cell, in fixed columns."""

from collections.abc import Sequence
from dataclasses import fields

from bench.stats.cells import ARMS, Attribution, CellSummary, Components, Summary
from bench.stats.estimate import Estimate, Quantile
from bench.stats.quantile import PROBABILITIES
from bench.text.table import format_csv_rows, with_bounds
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
    "overhead_ms",
    "overhead_ms_low",
    "overhead_ms_high",
    "overhead_percent",
    "overhead_low",
    "overhead_high",
    "overhead_verdict",
    "compute_difference_percent",
    "compute_difference_low",
    "compute_difference_high",
    "waiting_percent",
)
POOLED_COLUMNS = ("name", "value", "low", "high", "n")


def summary_rows(summary: Summary) -> list[dict[str, object]]:
    """Return one row per cell with the columns of ``COLUMNS``; absent values are None."""
    return [dict(zip(COLUMNS, _row(cell), strict=True)) for cell in summary.cells]


def detail_rows(summary: Summary) -> list[dict[str, object]]:
    """Return all figures of each cell, one flat row per cell; absent values are None.

    An estimate ``x`` has the columns ``x``, ``x_low`` and ``x_high``; components begin with
    ``component_``, parts of the latency loss [percentage points] with ``points_``; quantiles
    also have the effective size and the size they need. Flags are separated by spaces.
    """
    return [_detail_row(cell) for cell in summary.cells]


def format_csv(summary: Summary) -> str:
    """Return the rows as CSV, floats with 9 significant digits; absent values are empty."""
    return _csv(summary_rows(summary), COLUMNS)


def format_details(summary: Summary) -> str:
    """Return the rows of :func:`detail_rows` as CSV, as :func:`format_csv` does."""
    rows = detail_rows(summary)
    return _csv(rows, list(rows[0]))


def format_pooled(summary: Summary) -> str:
    """Return the pooled figures as CSV, one per row: name, value, ends of its interval, and n."""
    rows: list[dict[str, object]] = [
        dict(zip(POOLED_COLUMNS, (name, *with_bounds(estimate), estimate.n), strict=True))
        for name, estimate in summary.pooled.items()
    ]
    return _csv(rows, POOLED_COLUMNS)


def _csv(rows: list[dict[str, object]], columns: Sequence[str]) -> str:
    rounded = [{name: _rounded(value) for name, value in row.items()} for row in rows]
    return format_csv_rows(columns, rounded)


def _rounded(value: object) -> object:
    # The last digits of exp and log differ between processors, and a file must not.
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _row(cell: CellSummary) -> list[object]:
    overhead = cell.overhead
    return [
        cell.batch_size,
        cell.threads,
        *(_milliseconds(cell.arms[arm].latency_ns) for arm in ARMS),
        *with_bounds(cell.latency_loss_percent),
        *((ips := cell.arms[arm].throughput_ips) and ips.point for arm in ARMS),
        *with_bounds(cell.throughput_loss_percent),
        cell.blocks,
        cell.requests,
        cell.latency_verdict,
        *with_bounds(overhead.overhead_ns and overhead.overhead_ns.mapped(ns_to_ms)),
        *with_bounds(overhead.overhead_percent),
        cell.overhead_verdict,
        *with_bounds(overhead.compute_difference_percent),
        overhead.waiting_percent,
    ]


def _detail_row(cell: CellSummary) -> dict[str, object]:
    row: dict[str, object] = {"batch_size": cell.batch_size, "threads": cell.threads}
    for name, estimate in _estimates(cell).items():
        row |= _columns(name, estimate)
    for part in fields(Attribution):
        row |= _columns(f"points_{part.name}", getattr(cell.attribution, part.name))
    for part in fields(Components):
        row |= _columns(f"component_{part.name}", getattr(cell.components, part.name))
    for arm in ARMS:
        quantiles = {quantile.probability: quantile for quantile in cell.arms[arm].quantiles_ns}
        for probability in PROBABILITIES:
            name = f"p{100 * probability:g}_{arm}_ns"
            row |= _quantile_columns(name, quantiles.get(probability))
    row |= {
        "latency_verdict": cell.latency_verdict,
        "throughput_verdict": cell.throughput_verdict,
        "blocks": cell.blocks,
        "requests": cell.requests,
        "failed_count": cell.failed_count,
        "failed_fraction": cell.failed_fraction,
        **{f"littles_law_{arm}": cell.arms[arm].littles_law for arm in ARMS},
    }
    row["flags"] = " ".join(cell.flags)
    for name in ("overhead_ns", "overhead_percent", "compute_difference_percent"):
        row |= _columns(name, getattr(cell.overhead, name))
    row["waiting_percent"] = cell.overhead.waiting_percent
    row["overhead_verdict"] = cell.overhead_verdict
    return row


def _estimates(cell: CellSummary) -> dict[str, Estimate | None]:
    arms = cell.arms
    return {
        **{f"latency_{arm}_ns": arms[arm].latency_ns for arm in ARMS},
        "latency_loss_percent": cell.latency_loss_percent,
        "latency_loss_hl": cell.latency_loss_hl,
        "latency_loss_ns": cell.latency_loss_ns,
        **{f"throughput_{arm}_ips": arms[arm].throughput_ips for arm in ARMS},
        "throughput_loss_percent": cell.throughput_loss_percent,
        "bare_loss_percent": cell.bare_loss_percent,
        "compute_ratio": cell.compute_ratio,
        **{f"speedup_{arm}": arms[arm].speedup for arm in ARMS},
    }


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
