"""The charts below the seed's: which there are, for runs that have something to show in them."""

from collections.abc import Sequence

from bench.charts.attribution import attribution_picture
from bench.charts.chart import Picture
from bench.charts.components import component_picture
from bench.charts.speedup import speedup_picture
from bench.charts.spread import spread_picture
from bench.stats.estimate import Summary
from bench.stats.requests import Strip


def extra_pictures(summary: Summary, strips: Sequence[Strip]) -> tuple[Picture, ...]:
    """Return the extra charts of a run, in the order of the page.

    Parameters
    ----------
    summary : Summary
        All planned cells.
    strips : sequence of Strip
        Their single requests; none of an imported run, which has no extra chart at all.
    """
    pictures = (
        attribution_picture(summary),
        component_picture(summary),
        speedup_picture(summary),
        spread_picture(summary, strips),
    )
    return tuple(picture for picture in pictures if picture is not None)
