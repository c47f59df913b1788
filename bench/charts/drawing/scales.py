"""Scales and their ticks: percent from zero, and logarithms."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bench.charts.drawing.canvas import set_y_ticks
from bench.text.numbers import plain

_MIN_REACH_PERCENT = 5.0  # on a shorter scale, noise of one percent would look large
_ROOM_FOR_FASTER = 0.14  # the least size of the lower side, as a share of the upper side
_MAX_STEPS = 7
_MIN_TICKS, _GOOD_TICKS, _MAX_TICKS = 3, 5, 7
_MIN_LOG_SPAN = 1.25  # all-equal latencies still get a readable axis
_SUBDIVISIONS = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))


@dataclass(frozen=True, slots=True)
class PercentScale:
    """The percent scale of a loss metric: its ends and the step between its ticks."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> list[float]:
        """The ticks, zero among them."""
        first, last = math.ceil(self.low / self.step), math.floor(self.high / self.step)
        return [index * self.step for index in range(first, last + 1)]

    def clip(self, value: float) -> float:
        """Return the value, or the end of the scale beyond which it lies."""
        return min(max(value, self.low), self.high)


def percent_scale(numbers: Iterable[float]) -> PercentScale:
    """Return a scale for numbers that begin at zero, whichever side they are on [percent].

    It reaches to the farthest of them, but at most to twice the 0.9 quantile of their distances
    from zero: a single outlier is cut and does not flatten the rest. It reaches at least to
    ``_MIN_REACH_PERCENT``.
    """
    values = np.asarray(list(numbers), float)
    values = values[np.isfinite(values)]
    usual = float(np.quantile(np.abs(values), 0.9)) if values.size else 0.0
    cap = max(2 * usual, _MIN_REACH_PERCENT)
    high = max(min(float(values.max(initial=0.0)) * 1.05, cap), _MIN_REACH_PERCENT)
    low = min(max(float(values.min(initial=0.0)) * 1.05, -cap), -_ROOM_FOR_FASTER * high)
    step = _round_step((high - low) / _MAX_STEPS)
    half = step / 2
    return PercentScale(math.floor(low / half) * half, math.ceil(high / half) * half, step)


def tick_name(tick: float) -> str:
    """Return a tick of a loss scale with its sign: ``+5%``, ``0``, ``−5%``, ``+1k%``."""
    if tick == 0:
        return "0"
    size, unit = (tick / 1000, "k%") if abs(tick) >= 1000 else (tick, "%")  # noqa: PLR2004
    return f"{'+' if tick > 0 else ''}{plain(size)}{unit}"


def log_ticks(low: float, high: float) -> list[float]:
    """Return round ticks within ``low`` and ``high`` for a log axis; never fewer than two."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    choices = [
        [tick for power in decades for step in steps if low <= (tick := step * 10.0**power) <= high]
        for steps in _SUBDIVISIONS
    ]
    best = min(choices, key=lambda ticks: abs(len(ticks) - _GOOD_TICKS))
    if len(best) >= _MIN_TICKS:
        return best[:: math.ceil(len(best) / _MAX_TICKS)]
    between = MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    return [float(tick) for tick in between if low <= tick <= high]


def scale_log(axes: Axes, low: float, high: float, unit: str = "") -> None:
    """Give an axes a log scale around what is drawn; ``unit`` follows each number of it.

    Parameters
    ----------
    axes : Axes
        The axes whose y axis gets the scale.
    low, high : float
        The least and the largest value that is drawn, both above zero.
    unit : str
        What follows the number of each tick; empty: nothing.
    """
    air = max((high / low) ** 0.06, _MIN_LOG_SPAN ** (0.5 if high / low < _MIN_LOG_SPAN else 0.1))
    low, high = low / air, high * air
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    ticks = log_ticks(low, high)
    set_y_ticks(axes, ticks, [f"{plain(tick)}{unit}" for tick in ticks])


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= least)
