"""The charts in the page's text: their header, and then a loss chart or a value chart."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from bench.charts.captions import evidence
from bench.charts.drawing import theme
from bench.charts.drawing.canvas import new_canvas
from bench.charts.drawing.losses import draw_losses
from bench.charts.drawing.values import draw_values
from bench.charts.points import ChartSpec, Point, Seed, chart_points
from bench.stats.estimate import LEVEL
from bench.stats.verdict_words import NOT_MEASURED
from bench.text.verdicts import verdict_words

_SUBTITLES = {
    "latency": "milliseconds per batch, log scale; lower is better",
    "latency-ratio": "extra time of a {remote} batch; above zero: {remote} is slower",
    "throughput": "images per second, from zero; higher is better",
    "throughput-ratio": "images per second lost; above zero: {remote} has fewer",
}


def draw_seed(title: str, content: Seed) -> Axes:
    """Draw one chart on a fresh sheet."""
    spec, summary = content.spec, content.summary
    points = chart_points(spec, summary)
    counts = {point.threads for point in points}
    right_px = theme.WIDE_RIGHT_PX if len(counts) <= theme.WORDED else theme.AXES_RIGHT_PX
    axes = new_canvas(
        title, _SUBTITLES[spec.kind].format(**summary.names), _detail(spec, points), right_px
    )
    if spec.ratio:
        draw_losses(axes, spec, summary, points)
    else:
        draw_values(axes, spec, points, summary.names)
    return axes


def _detail(spec: ChartSpec, points: Sequence[Point]) -> str:
    """Return the line on the evidence of the chart and on the meaning of its marks."""
    measured = [point for point in points if point.measured]
    if not measured:
        return NOT_MEASURED
    evidence_text = evidence(measured, f"{LEVEL:.0%} intervals")
    if not spec.ratio or len(points) <= theme.WORDED:
        return evidence_text
    words = {verdict_words(point.verdict, point.value) for point in measured}
    return "; ".join([evidence_text, *sorted(f"{each.mark} {each.word}" for each in words)])
