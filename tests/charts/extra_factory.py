"""Made-up runs that have something to show in every extra chart."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from bench.charts.catalog import extra_charts
from bench.charts.chart import Chart
from bench.charts.drawing.draw import draw_chart
from bench.stats.cells import Attribution, CellSummary, Components, Summary
from bench.stats.requests import Strip, dots_each
from bench.stats.results import Results
from tests.charts.factory import BATCH_SIZES, make_estimate, make_summary, unmeasured

NAMES = ("components", "attribution", "speedup", "requests")
"""The first one stands above the charts of the page's text."""


def with_parts(cell: CellSummary, fewest: int = 1) -> CellSummary:
    """Return the cell with components, causes that add up to its loss, and speed-ups."""
    assert cell.latency_loss_percent is not None
    assert cell.arms["remote"].latency_ns is not None
    latency, loss = cell.arms["remote"].latency_ns.point, cell.latency_loss_percent.point
    outside = {"encode": 0.002, "transport": 0.02, "queue": 0.001, "decode_in": 0.001}
    outside |= {"encode_out": 0.003, "decode": 0.001}
    times = {**outside, "compute": 1 - sum(outside.values())}
    causes = {"encoding": 0.4, "transport": 1.5, "queueing": 0.1, "rest": -0.3}
    if cell.batch_size == 1:
        causes["idle_gap"] = 0.8
    causes["slower_compute"] = loss - sum(causes.values())

    def faster(power: float) -> float:
        return float((cell.threads / fewest) ** power)

    first = cell.threads == fewest
    return replace(
        cell,
        components=Components(
            **{
                f"{name}_ns": make_estimate(x * latency, 1, cell.blocks)
                for name, x in times.items()
            }
        ),
        attribution=Attribution(
            **{name: make_estimate(points, 0.2, cell.blocks) for name, points in causes.items()}
        ),
        arms={
            arm: replace(
                cell.arms[arm],
                speedup=None if first else make_estimate(faster(power), 0.1, cell.blocks),
            )
            for arm, power in (("local", 0.80), ("remote", 0.75))
        },
    )


def make_rich_summary(
    threads: Sequence[int] = (1, 2),
    batch_sizes: Sequence[int] = BATCH_SIZES,
    blocks: int = 10,
    change: Callable[[CellSummary], CellSummary] = lambda cell: cell,
) -> Summary:
    """Return a summary whose cells have parts, each passed through ``change`` at last."""
    fewest = min(threads)
    return make_summary(threads, batch_sizes, blocks, lambda cell: change(with_parts(cell, fewest)))


def without_anything(cell: CellSummary) -> CellSummary:
    """Return the cell as if nothing of it had been measured."""
    return replace(
        unmeasured(cell),
        components=Components(),
        attribution=Attribution(),
    )


def make_strips(summary: Summary) -> tuple[Strip, ...]:
    """Return strips of the cells that were measured; one request in each is far off."""
    rng, dots = np.random.default_rng(1), dots_each(2 * len(summary.cells))
    strips = []
    for cell in summary.cells:
        if cell.arms["local"].latency_ns is None or cell.arms["remote"].latency_ns is None:
            continue
        ratio = cell.arms["remote"].latency_ns.point / cell.arms["local"].latency_ns.point
        for arm, typical in (("local", 1.0), ("remote", ratio)):
            multiples = typical * np.exp(rng.normal(0, 0.03, dots))
            multiples[-1] = 2.0
            strips.append(
                Strip(
                    cell.cell,
                    arm,
                    requests=dots,
                    failed_count=0,
                    typical=typical,
                    least=float(multiples.min()),
                    most=float(multiples.max()),
                    places=(np.arange(dots) + 0.5) / dots,
                    multiples=multiples,
                )
            )
    return tuple(strips)


def charts_of(summary: Summary, note: str = "") -> dict[str, Chart]:
    """Return the extra charts of a summary by name, with made-up requests."""
    found = extra_charts(Results(summary, strips=make_strips(summary)), note)
    return {chart.slug.partition("-")[2]: chart for chart in found}


def drawn(summary: Summary, name: str, note: str = "") -> Figure:
    """Return the figure of an extra chart."""
    return draw_chart(charts_of(summary, note)[name])
