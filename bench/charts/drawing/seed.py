"""The charts of the seed's page: their header, and which of two kinds they are."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from bench.charts.captions import evidence
from bench.charts.drawing.canvas import new_canvas
from bench.charts.drawing.losses import draw_losses
from bench.charts.drawing.values import draw_values
from bench.charts.points import ChartSpec, Point, Seed, chart_points, look
from bench.stats.estimate import LEVEL, NOT_MEASURED

_SUBTITLES = {
    "latency": "milliseconds per batch, log scale; lower is better",
    "latency-ratio": "extra time per batch with remote; one scale for all batch sizes",
    "throughput": "images per second, from zero; higher is better",
    "throughput-ratio": "images per second lost with remote; one scale for all batch sizes",
}
_LOOKS = {"pale": "pale: may be zero", "hollow": "hollow: imprecise"}


def draw_seed(title: str, content: Seed) -> Axes:
    """Draw one chart on a fresh sheet."""
    spec, summary = content.spec, content.summary
    points = chart_points(spec, summary)
    axes = new_canvas(title, _SUBTITLES[spec.kind], _detail(spec, points))
    if spec.ratio:
        draw_losses(axes, spec, summary, points)
    else:
        draw_values(axes, spec, points)
    return axes


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
