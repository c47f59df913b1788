"""From a chart's spec and the summary to a figure: pure, nothing is read or written."""

from collections.abc import Sequence
from typing import cast

from matplotlib.figure import Figure

from bench.charts.canvas import add_note, new_canvas, style
from bench.charts.catalog import ChartSpec, Point, chart_points, evidence, look
from bench.charts.losses import draw_losses
from bench.charts.values import draw_values
from bench.stats.estimate import LEVEL, NOT_MEASURED, Summary

_TITLES = {
    "latency": "latency, remote vs local",
    "latency-ratio": "latency loss",
    "throughput": "throughput, remote vs local",
    "throughput-ratio": "throughput loss",
}
_SUBTITLES = {
    "latency": "milliseconds per batch, log scale; lower is better",
    "latency-ratio": "extra time per batch with remote; one scale for all batch sizes",
    "throughput": "images per second, from zero; higher is better",
    "throughput-ratio": "images per second lost with remote; one scale for all batch sizes",
}
_LOOKS = {"pale": "pale: may be zero", "hollow": "hollow: imprecise"}


def draw_chart(spec: ChartSpec, summary: Summary, *, note: str = "") -> Figure:
    """Draw one chart.

    Parameters
    ----------
    spec : ChartSpec
        The chart.
    summary : Summary
        All planned cells: the scale of a loss chart comes from all batch sizes.
    note : str
        A warning that the chart must carry, such as "smoke, not a measurement".

    Returns
    -------
    Figure
        A figure of 1280x800 pixels with one axes, its Agg canvas attached.
    """
    points = chart_points(spec, summary)
    title = f"Batch {spec.batch_size}: {_TITLES[spec.kind]}"
    with style():
        axes = new_canvas(title, _SUBTITLES[spec.kind], _detail(spec, points))
        if spec.ratio:
            draw_losses(axes, spec, summary, points)
        else:
            draw_values(axes, spec, points)
        add_note(axes, note)
    figure = axes.figure
    return cast(Figure, figure)


def _detail(spec: ChartSpec, points: Sequence[Point]) -> str:
    """Return the line that says what the bands mean and on how much the chart rests."""
    measured = [point for point in points if point.measured]
    if not measured:
        return NOT_MEASURED
    shape = "whiskers" if spec.ratio else "bands"
    parts = [evidence(measured, f"{shape} are {LEVEL:.0%} intervals")]
    if spec.ratio:
        looks = " ".join(map(look, measured))
        parts += [words for name, words in _LOOKS.items() if name in looks]
    return "; ".join(parts)
