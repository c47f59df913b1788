"""Small made-up summaries: each number is a plain function of batch size and threads."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from matplotlib.figure import Figure

from bench.charts.catalog import seed_chart
from bench.charts.drawing.draw import draw_chart, draw_png
from bench.charts.points import ChartSpec, chart_specs
from bench.records import Cell
from bench.stats.cells import ARMS, ArmSummary, CellSummary, Overhead, Summary
from bench.stats.estimate import LEVEL, MIN_INTERVAL_BLOCKS, Estimate
from bench.stats.pooled import pool_cells
from bench.stats.verdict_words import COSTS, EXPLORATORY, NOT_MEASURED, SLOWER, UNDECIDED
from bench.text.names import model_words

BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64)
NS_PER_MS = 1e6
RESNET = model_words("resnet50")


def make_estimate(point: float, half: float, blocks: int = 10) -> Estimate:
    """Return an estimate; without an interval where there are fewer than 6 blocks."""
    if blocks < MIN_INTERVAL_BLOCKS:
        return Estimate(point, None, None, LEVEL, blocks)
    return Estimate(point, point - half, point + half, LEVEL, blocks)


def make_cell(batch_size: int, threads: int, blocks: int = 10) -> CellSummary:
    """Return a measured cell: remote is a few percent slower, more so with more threads."""
    local_ms = 18.0 * batch_size**0.95 / threads**0.8
    loss = 2.0 + 9.0 * threads / 18 + 3.0 * ((threads * 7 + batch_size) % 5 - 2)
    local_ips = 1000.0 * batch_size / local_ms
    verdict = EXPLORATORY if blocks < MIN_INTERVAL_BLOCKS else UNDECIDED
    if loss > 4 and verdict == UNDECIDED:
        verdict = SLOWER
    return CellSummary(
        cell=Cell(batch_size=batch_size, threads=threads),
        blocks=blocks,
        requests=100 * blocks,
        failed_count=0,
        arms={
            "local": ArmSummary(
                latency_ns=_scaled(local_ms * NS_PER_MS, blocks),
                throughput_ips=_scaled(local_ips, blocks),
            ),
            "remote": ArmSummary(
                latency_ns=_scaled(local_ms * NS_PER_MS * (1 + loss / 100), blocks),
                throughput_ips=_scaled(local_ips * (1 - loss / 110), blocks),
            ),
        },
        latency_loss_percent=make_estimate(loss, 1.5 + threads % 3, blocks),
        throughput_loss_percent=make_estimate(loss * 0.9, 2.5, blocks),
        compute_ratio=make_estimate(1.001, 0.004, blocks),
        latency_verdict=verdict,
        throughput_verdict=verdict,
        overhead=Overhead(
            overhead_ns=_scaled(0.05 * local_ms * NS_PER_MS, blocks),
            overhead_percent=make_estimate(5.0, 0.2, blocks),
            compute_difference_percent=make_estimate(loss - 5.0, 2.0, blocks),
            waiting_percent=0.5,
        ),
        overhead_verdict=EXPLORATORY if blocks < MIN_INTERVAL_BLOCKS else COSTS,
    )


def unmeasured(cell: CellSummary) -> CellSummary:
    """Return the cell as if nothing of it had been measured."""
    return replace(
        cell,
        blocks=0,
        requests=0,
        arms=dict.fromkeys(ARMS, ArmSummary()),
        latency_loss_percent=None,
        throughput_loss_percent=None,
        compute_ratio=None,
        latency_verdict=NOT_MEASURED,
        throughput_verdict=NOT_MEASURED,
        overhead=Overhead(),
        overhead_verdict=NOT_MEASURED,
    )


def make_summary(
    threads: Sequence[int] = (1, 2),
    batch_sizes: Sequence[int] = BATCH_SIZES,
    blocks: int = 10,
    change: Callable[[CellSummary], CellSummary] = lambda cell: cell,
) -> Summary:
    """Return a summary of all cells, each passed through ``change``."""
    cells = tuple(change(make_cell(b, t, blocks)) for b in sorted(batch_sizes) for t in threads)
    return Summary(cells, blocks, noise_floor_percent=0.7, pooled=pool_cells(cells))


def with_arm(cell: CellSummary, arm: str, **changes: Any) -> CellSummary:
    """Return the cell with other fields of one of its arms."""
    return replace(cell, arms={**cell.arms, arm: replace(cell.arms[arm], **changes)})


def draw(spec: ChartSpec, summary: Summary, note: str = "") -> Figure:
    """Return the figure of a chart of the page's text."""
    return draw_chart(seed_chart(spec, RESNET, summary, note))


def render(spec: ChartSpec, summary: Summary, note: str = "") -> bytes:
    """Return the PNG of a chart of the page's text, drawn in this process."""
    return draw_png(seed_chart(spec, RESNET, summary, note))


def draw_all(summary: Summary, note: str = "") -> dict[str, bytes]:
    """Return every chart as a PNG by file name, drawn in this process, in the order of the page."""
    return {
        f"{spec.slug('resnet')}.png": render(spec, summary, note)
        for spec in chart_specs(summary.batch_sizes)
    }


def _scaled(point: float, blocks: int) -> Estimate:
    return make_estimate(point, 0.04 * point, blocks)
