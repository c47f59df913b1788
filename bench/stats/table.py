"""The summary as a table for people and programs: one row a cell, in fixed columns."""

import csv
import io

from bench.stats.estimate import CellSummary, Estimate, Summary
from bench.units import ns_to_ms

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


def summary_rows(summary: Summary) -> list[dict[str, object]]:
    """Return one row a cell with the columns of ``COLUMNS``; absent values are None."""
    return [dict(zip(COLUMNS, _row(cell), strict=True)) for cell in summary.cells]


def format_csv(summary: Summary) -> str:
    """Return the rows as CSV; absent values are empty."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(summary_rows(summary))
    return sink.getvalue()


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


def _milliseconds(estimate: Estimate | None) -> float | None:
    return None if estimate is None else ns_to_ms(estimate.point)


def _with_bounds(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if estimate is None else (estimate.point, estimate.low, estimate.high)
