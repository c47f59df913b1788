"""Small made-up summaries: each number is a plain function of batch size and threads."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bench.charts.catalog import chart_specs
from bench.charts.render import render_chart
from bench.stats.estimate import (
    EXPLORATORY,
    LEVEL,
    NOT_MEASURED,
    SLOWER,
    UNDECIDED,
    CellSummary,
    Estimate,
    Summary,
)

BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64)
NS_PER_MS = 1e6
MIN_BLOCKS_FOR_INTERVAL = 6


def make_estimate(point: float, half: float, blocks: int = 10) -> Estimate:
    """Return an estimate; without an interval where there are fewer than 6 blocks."""
    if blocks < MIN_BLOCKS_FOR_INTERVAL:
        return Estimate(point, None, None, LEVEL, blocks)
    return Estimate(point, point - half, point + half, LEVEL, blocks)


def make_cell(batch_size: int, threads: int, blocks: int = 10) -> CellSummary:
    """Return a measured cell: remote is a few percent slower, more so with more threads."""
    local_ms = 18.0 * batch_size**0.95 / threads**0.8
    loss = 2.0 + 9.0 * threads / 18 + 3.0 * ((threads * 7 + batch_size) % 5 - 2)
    local_ips = 1000.0 * batch_size / local_ms
    verdict = EXPLORATORY if blocks < MIN_BLOCKS_FOR_INTERVAL else UNDECIDED
    if loss > 4 and verdict == UNDECIDED:
        verdict = SLOWER
    return CellSummary(
        batch_size=batch_size,
        threads=threads,
        blocks=blocks,
        requests=100 * blocks,
        failed_count=0,
        latency_local_ns=_scaled(local_ms * NS_PER_MS, blocks),
        latency_remote_ns=_scaled(local_ms * NS_PER_MS * (1 + loss / 100), blocks),
        latency_loss_percent=make_estimate(loss, 1.5 + threads % 3, blocks),
        throughput_local_ips=_scaled(local_ips, blocks),
        throughput_remote_ips=_scaled(local_ips * (1 - loss / 110), blocks),
        throughput_loss_percent=make_estimate(loss * 0.9, 2.5, blocks),
        compute_ratio=make_estimate(1.001, 0.004, blocks),
        latency_verdict=verdict,
        throughput_verdict=verdict,
    )


def unmeasured(cell: CellSummary) -> CellSummary:
    """Return the cell as if nothing of it had been measured."""
    return replace(
        cell,
        blocks=0,
        requests=0,
        latency_local_ns=None,
        latency_remote_ns=None,
        latency_loss_percent=None,
        throughput_local_ips=None,
        throughput_remote_ips=None,
        throughput_loss_percent=None,
        compute_ratio=None,
        latency_verdict=NOT_MEASURED,
        throughput_verdict=NOT_MEASURED,
    )


def make_summary(
    threads: Sequence[int] = (1, 2),
    batch_sizes: Sequence[int] = BATCH_SIZES,
    blocks: int = 10,
    change: Callable[[CellSummary], CellSummary] = lambda cell: cell,
) -> Summary:
    """Return a summary of all cells, each passed through ``change``."""
    cells = tuple(change(make_cell(b, t, blocks)) for b in sorted(batch_sizes) for t in threads)
    return Summary(cells=cells, blocks=blocks, noise_floor_percent=0.7)


def draw_all(summary: Summary, note: str = "") -> dict[str, bytes]:
    """Return every chart as a PNG by file name, drawn in this process, in the order of the page."""
    return {
        spec.file_name("resnet"): render_chart(spec, summary, note=note)
        for spec in chart_specs(summary.batch_sizes)
    }


def _scaled(point: float, blocks: int) -> Estimate:
    return make_estimate(point, 0.04 * point, blocks)
