"""The catalog: all charts of a run, in the order of its page."""

from bench.charts.attribution import attribution_chart
from bench.charts.captions import caption
from bench.charts.chart import Chart
from bench.charts.components import component_chart
from bench.charts.overhead import overhead_charts
from bench.charts.points import ChartSpec, Seed, chart_specs, chart_values
from bench.charts.requests import request_chart
from bench.charts.speedup import speedup_chart
from bench.charts.table import chart_table
from bench.records import RunInfo
from bench.stats.estimate import Summary
from bench.stats.results import Results
from bench.stats.round_trip import wire_times_ns
from bench.stats.verdict import MIN_EFFECT_PERCENT
from bench.text.names import ModelWords, model_words
from bench.units import ns_to_ms

_METRICS = {"latency": "Latency", "throughput": "Throughput"}
_TITLES = {
    "latency": "latency, remote vs local",
    "latency-ratio": "latency loss",
    "throughput": "throughput, remote vs local",
    "throughput-ratio": "throughput loss",
}


def all_charts(info: RunInfo, results: Results) -> tuple[Chart, ...]:
    """Return the charts of a run: those of the seed's page, those above and those below them."""
    words = model_words(info.experiment.model)
    note = "smoke, not a measurement" if info.experiment.smoke else words.note
    wire_ns = wire_times_ns(info.link, results.round_trips)
    wire_ms = {size: ns_to_ms(time_ns) for size, time_ns in wire_ns.items()}
    return (
        *seed_charts(words, results.summary, note),
        *overhead_charts(results.summary, wire_ms, MIN_EFFECT_PERCENT, note),
        *extra_charts(results, note),
    )


def seed_charts(words: ModelWords, summary: Summary, note: str = "") -> tuple[Chart, ...]:
    """Return the charts that the text of the page names: four of each planned batch size."""
    return tuple(
        seed_chart(spec, words, summary, note) for spec in chart_specs(summary.batch_sizes)
    )


def extra_charts(results: Results, note: str = "") -> tuple[Chart, ...]:
    """Return the charts below them, those that have something to show."""
    summary = results.summary
    charts = (
        attribution_chart(summary, note),
        component_chart(summary, note),
        speedup_chart(summary, note),
        request_chart(summary, results.strips, note),
    )
    return tuple(chart for chart in charts if chart is not None)


def seed_chart(spec: ChartSpec, words: ModelWords, summary: Summary, note: str = "") -> Chart:
    """Return one chart of one batch size."""
    return Chart(
        slug=spec.slug(words.prefix),
        title=f"Batch {spec.batch_size}: {_TITLES[spec.kind]}",
        alt=f"{words.alt} {_METRICS[spec.metric]} BS={spec.batch_size}",
        caption=caption(spec, summary),
        values=chart_values(spec, summary),
        content=Seed(spec, summary),
        table=chart_table(spec, summary),
        note=note,
    )
