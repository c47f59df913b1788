"""Charts of an imported run: means and thin ranges, nothing that looks like an interval."""

from dataclasses import replace

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from bench.charts.captions import caption
from bench.charts.points import ChartSpec, chart_specs, chart_values
from bench.stats.cells import ArmSummary, CellSummary, Overhead, Summary
from bench.stats.estimate import LEVEL, Estimate, Range
from bench.stats.verdict_words import IMPORTED, NOT_MEASURED
from tests.charts.factory import BATCH_SIZES, draw, make_summary

LATENCY = ChartSpec("latency", ratio=False, batch_size=16)


def bare(estimate: Estimate | None) -> Estimate | None:
    return estimate and Estimate(estimate.point, None, None, LEVEL, 0)


def as_imported(cell: CellSummary) -> CellSummary:
    def bare_arm(arm: ArmSummary, most: float) -> ArmSummary:
        assert arm.latency_ns is not None
        typical = arm.latency_ns.point
        return ArmSummary(
            latency_ns=bare(arm.latency_ns),
            throughput_ips=bare(arm.throughput_ips),
            range_ns=Range(0.9 * typical, most * typical),
        )

    return replace(
        cell,
        blocks=0,
        arms={
            "local": bare_arm(cell.arms["local"], 3),
            "remote": bare_arm(cell.arms["remote"], 2),
        },
        latency_loss_percent=bare(cell.latency_loss_percent),
        throughput_loss_percent=bare(cell.throughput_loss_percent),
        latency_verdict=IMPORTED,
        throughput_verdict=IMPORTED,
        overhead=Overhead(),
        overhead_verdict=NOT_MEASURED,
    )


def imported(threads: range = range(1, 19)) -> Summary:
    return make_summary(threads, change=as_imported)


def ranges_of(figure: Figure) -> list[LineCollection]:
    return [
        each
        for each in figure.axes[0].collections
        if isinstance(each, LineCollection) and each.get_gid() == "range"
    ]


def words_of(figure: Figure) -> str:
    texts = figure.findobj(lambda artist: isinstance(artist, Text))
    return " ".join(text.get_text() for text in texts if isinstance(text, Text))


def test_each_mean_of_a_latency_chart_has_a_thin_line_from_least_to_most() -> None:
    summary = imported()
    figure = draw(LATENCY, summary)
    local, remote = ranges_of(figure)
    cells = [cell for cell in summary.cells if cell.batch_size == 16]
    ends = [[float(y) for _, y in np.asarray(path)] for path in local.get_segments()]
    assert ends == [
        [known.least / 1e6, known.most / 1e6]
        for cell in cells
        if (known := cell.arms["local"].range_ns) is not None
    ]
    assert len(remote.get_segments()) == 18
    assert max(np.atleast_1d(local.get_linewidth())) < 1
    low, high = figure.axes[0].get_ylim()
    assert low <= min(end for pair in ends for end in pair)
    assert max(end for pair in ends for end in pair) <= high


def test_a_range_is_called_range_and_never_an_interval() -> None:
    for count in (1, 2, 18):
        said = words_of(draw(LATENCY, imported(range(1, count + 1))))
        assert "imported means, no interval; thin lines: range of single requests" in said
        assert "95%" not in said


def test_only_latency_charts_have_ranges_and_none_has_an_interval() -> None:
    summary = imported()
    for spec in chart_specs([16]):
        figure = draw(spec, summary)
        assert bool(ranges_of(figure)) is (spec.kind == "latency")
        assert "exploratory" not in words_of(figure)
        assert "(imported means, no interval" in caption(spec, summary)
        for point in chart_values(spec, summary)["points"]:
            assert ("least" in point) is (spec.kind == "latency")
            assert point["low"] is None


def test_a_measured_run_draws_and_says_nothing_of_ranges() -> None:
    summary = make_summary()
    for spec in chart_specs(BATCH_SIZES):
        assert not ranges_of(draw(spec, summary))
        assert all("least" not in point for point in chart_values(spec, summary)["points"])
