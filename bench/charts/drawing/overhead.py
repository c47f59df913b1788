"""Overhead against batch size: a line for each thread count, beside the time on the wire."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from bench.charts.drawing import theme
from bench.charts.drawing.canvas import new_canvas, tick_indices
from bench.charts.drawing.facets import evenly
from bench.charts.drawing.labels import Label, place_labels
from bench.charts.drawing.scales import scale_log
from bench.charts.overhead import MS, OverheadPoint, Overheads
from bench.stats.estimate import LEVEL
from bench.text.numbers import counted, number, plain

_MOST_LINES = 4
_STEP = 0.07
"""By how much lines stand beside each other, so that equal values do not hide each other."""
_SUBTITLES = {
    MS: "ms outside of computing, beyond those of a local request; lower is better",
    "%": "in percent of the local latency; lower is better",
}


def draw_overheads(title: str, content: Overheads) -> Axes:
    """Draw the lines on a fresh sheet; of many thread counts, a few from the fewest to the most."""
    summary, unit = content.summary, content.unit
    sizes = summary.batch_sizes
    sure = any(point.low is not None for point in content.points)
    bars = f"bars are {LEVEL:.0%} intervals" if sure else "no interval"
    detail = f"{counted(summary.counted_blocks, 'block')}, {bars}"
    axes = new_canvas(title, _SUBTITLES[unit], detail)
    threads = sorted({point.cell.threads for point in content.points})
    shown = [threads[index] for index in evenly(len(threads), _MOST_LINES)]
    drawn = [p for p in content.points if p.cell.threads in shown and p.value > 0]
    _scale(axes, drawn, content)
    labels = [
        label
        for place, (count, colour) in enumerate(zip(shown, _colours(len(shown)), strict=True))
        for label in _draw_line(
            axes,
            [point for point in drawn if point.cell.threads == count],
            sizes,
            (place - (len(shown) - 1) / 2) * _STEP,
            colour,
            unit,
        )
    ]
    if content.wire:
        labels.append(_draw_wire(axes, content, sizes))
    if unit != MS and drawn:
        axes.axhline(content.effect_percent, color=theme.INK, linewidth=1.0, zorder=1.5)
    ticks = tick_indices(len(sizes))
    axes.set_xlim(-0.5, len(sizes) - 0.5)
    axes.set_xticks(ticks, [str(sizes[index]) for index in ticks])
    axes.set_xlabel("batch size", fontsize=theme.SUBTITLE_PT, color=theme.MUTED, labelpad=3)
    place_labels(axes, labels, theme.SIDE_LABEL_PX)
    return axes


def _colours(count: int) -> list[str]:
    """Return a shade for each line, the darkest for the most threads."""
    return list(theme.OVERHEAD_COLOURS[-count:])


def _scale(axes: Axes, drawn: Sequence[OverheadPoint], content: Overheads) -> None:
    values = [p.value for p in drawn]
    ends = [end for p in drawn for end in (p.low, p.high) if end is not None]
    least = min(values, default=1.0) / 4  # an interval that reaches zero has no end on a log scale
    limits = [*values, *(end for end in ends if end >= least), *content.wire.values()]
    if content.unit != MS:
        limits.append(content.effect_percent)
    scale_log(
        axes, min(limits, default=1.0), max(limits, default=10.0), "" if content.unit == MS else "%"
    )


def _draw_line(
    axes: Axes,
    points: Sequence[OverheadPoint],
    sizes: Sequence[int],
    shift: float,
    colour: str,
    unit: str,
) -> list[Label]:
    """Draw one thread count; return the label at its end."""
    if not points:
        return []
    places = [sizes.index(point.cell.batch_size) + shift for point in points]
    axes.plot(places, [point.value for point in points], color=colour, linewidth=1.6, zorder=3)
    bottom = axes.get_ylim()[0]
    sure = [(x, p) for x, p in zip(places, points, strict=True) if p.low is not None]
    axes.vlines(
        [x for x, _ in sure],
        [max(p.low or 0.0, bottom) for _, p in sure],
        [p.high or p.value for _, p in sure],
        colors=colour,
        linewidth=4,
        alpha=0.35,
        zorder=2.5,
    )
    for hollow in (False, True):
        mine = [(x, p) for x, p in zip(places, points, strict=True) if (p.low is None) is hollow]
        axes.plot(
            [x for x, _ in mine],
            [p.value for _, p in mine],
            linestyle="none",
            marker=theme.ARM_MARKERS["remote"],
            markersize=5,
            markerfacecolor=theme.PAPER if hollow else colour,
            markeredgecolor=colour,
            zorder=4,
        )
    last = points[-1]
    text = f"{counted(last.cell.threads, 'thread')}\n{_value_words(last.value, unit)}"
    return [_label(axes, text, places[-1], last.value, colour)]


def _draw_wire(axes: Axes, content: Overheads, sizes: Sequence[int]) -> Label:
    places = [sizes.index(size) for size in content.wire]
    values = list(content.wire.values())
    axes.plot(places, values, color=theme.MUTED, linewidth=1.4, linestyle="--", zorder=2)
    return _label(
        axes, f"wire\n{_value_words(values[-1], MS)}", places[-1], values[-1], theme.MUTED
    )


def _value_words(value: float, unit: str) -> str:
    return f"{number(value)} ms" if unit == MS else f"{plain(float(f'{value:.2g}'))}%"


def _label(axes: Axes, text: str, place: float, value: float, colour: str) -> Label:
    x, y = axes.transData.transform((place, value))
    return Label(text, colour, float(y), (float(x) + 8, float(y)))
