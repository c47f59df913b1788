"""The catalog: all charts of a run, in the order of its page."""

from bench.charts.attribution import attribution_chart
from bench.charts.captions import caption
from bench.charts.card import card_chart
from bench.charts.chart import TEXT, Chart
from bench.charts.components import component_chart
from bench.charts.overhead import overhead_chart
from bench.charts.points import ChartSpec, Seed, chart_specs, chart_values
from bench.charts.requests import request_chart
from bench.charts.speedup import speedup_chart
from bench.charts.table import chart_table
from bench.records import RunInfo
from bench.stats.cells import Summary
from bench.stats.results import Results
from bench.stats.round_trip import wire_times_ns
from bench.text.names import ModelWords, model_words
from bench.units import ns_to_ms

_METRICS = {"latency": "Latency", "throughput": "Throughput"}


def all_charts(info: RunInfo, results: Results, title: str) -> tuple[Chart, ...]:
    """Return the charts of a run: those in the page's text, the others, and its card.

    Parameters
    ----------
    title : str
        Title of the run, for the card.
    """
    words = model_words(info.experiment.model)
    note = "smoke, not a measurement" if info.experiment.smoke else words.note
    wire_ns = wire_times_ns(info.link, results.round_trips)
    wire_ms = {size: ns_to_ms(time_ns) for size, time_ns in wire_ns.items()}
    charts = (
        *seed_charts(words, results.summary, note),
        overhead_chart(results.summary, wire_ms, note),
        *extra_charts(results, note),
        card_chart(title, results.summary, note, unequal=info.experiment.engines.unequal),
    )
    return tuple(chart for chart in charts if chart is not None)


def seed_charts(words: ModelWords, summary: Summary, note: str = "") -> tuple[Chart, ...]:
    """Return the charts in the text of the page: four for each planned batch size.

    Parameters
    ----------
    words : ModelWords
        Names of the model: the start of slugs and of alternative texts.
    summary : Summary
        All planned cells; each of their batch sizes gets charts.
    note : str
        A warning written on the picture, such as "stub"; empty: no warning.
    """
    return tuple(
        seed_chart(spec, words, summary, note) for spec in chart_specs(summary.batch_sizes)
    )


def extra_charts(results: Results, note: str = "") -> tuple[Chart, ...]:
    """Return the charts outside of the page's text, without those that have no data."""
    summary = results.summary
    charts = (
        component_chart(summary, note),
        attribution_chart(summary, note),
        speedup_chart(summary, note),
        request_chart(summary, results.strips, note),
    )
    return tuple(chart for chart in charts if chart is not None)


def seed_chart(spec: ChartSpec, words: ModelWords, summary: Summary, note: str = "") -> Chart:
    """Return one chart of one batch size.

    Parameters
    ----------
    spec : ChartSpec
        Which chart: its metric, values or loss, and its batch size.
    words : ModelWords
        Names of the model: the start of the slug and of the alternative text.
    summary : Summary
        All planned cells; the chart shows those of its batch size.
    note : str
        A warning written on the picture, such as "stub"; empty: no warning.
    """
    arms = f", {summary.names['remote']} vs {summary.names['local']}"
    return Chart(
        slug=spec.slug(words.prefix),
        title=f"Batch {spec.batch_size}: {spec.topic}{'' if spec.ratio else arms}",
        alt=f"{words.alt} {_METRICS[spec.metric]} BS={spec.batch_size}",
        caption=caption(spec, summary),
        values=chart_values(spec, summary),
        content=Seed(spec, summary),
        table=chart_table(spec, summary),
        note=note,
        role=TEXT,
    )
