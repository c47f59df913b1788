"""Pictures are drawn by child processes, as many at once as there are cores.

Thirty pictures keep one core busy for seconds, and what draws them takes longer to import than a
run to read. So the children start to import it before there is anything to draw; this module
imports nothing that would hold that back.
"""

import atexit
import os
import sys
from functools import cache, partial
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, NamedTuple

from bench.call_pool import CallPool
from bench.errors import HostError
from bench.processes import ProgramDied

if TYPE_CHECKING:
    from bench.charts.catalog import ChartSpec, Words
    from bench.stats.estimate import Summary
    from bench.stats.requests import Strip

_MAX_CHILDREN = 8  # more of them would have too few pictures each
_CHILDREN = min(os.cpu_count() or 1, _MAX_CHILDREN)
# Drawing multiplies no matrices, and idle threads for it take time from the processes that draw.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}


class RunPictures(NamedTuple):
    """What the pictures of a run are drawn from.

    ``strips`` are single requests, for the extra chart of them; none of an imported run.
    ``note`` is a warning that each picture must carry, such as "smoke, not a measurement".
    """

    summary: "Summary"
    specs: "tuple[ChartSpec, ...]"
    strips: "tuple[Strip, ...]"
    prefix: str
    note: str = ""


class Drawn(NamedTuple):
    """A picture as PNG; an extra one with its words."""

    file_name: str
    png: bytes
    words: "Words | None" = None


@cache
def render_pool() -> CallPool:
    """Return the children that draw for this process; the first call starts them."""
    pool = CallPool(_CHILDREN, _ENVIRONMENT, _import_what_draws)
    atexit.register(pool.close)
    return pool


def render_pictures(run: RunPictures) -> list[Drawn]:
    """Return all pictures of a run, in the order of the page, a share drawn by each child.

    Raises
    ------
    HostError
        If a child was ended from outside.
    """
    begun = [render_pool().submit(partial(_draw_share, run, first)) for first in range(_CHILDREN)]
    try:
        in_turn = zip_longest(*(share.result() for share in begun))
    except ProgramDied as error:
        render_pool().close()
        render_pool.cache_clear()  # the next page gets other children
        raise HostError(
            "a process that draws charts was ended from outside, perhaps because memory ran out; "
            "nothing of this page was written. Free memory, and run the same command again."
        ) from error
    return [picture for picture in chain.from_iterable(in_turn) if picture is not None]


def _import_what_draws() -> None:
    # seaborn draws lines and bars without scipy, whose import would take as long as all the rest.
    sys.modules["scipy"] = None  # type: ignore[assignment]
    import bench.charts.extra_charts
    import bench.charts.render  # noqa: F401


def _draw_share(run: RunPictures, first: int) -> list[Drawn]:
    """Draw every picture whose place in the page is ``first`` more than a multiple of the count."""
    from bench.charts.catalog import ChartSpec
    from bench.charts.chart import Picture
    from bench.charts.extra_charts import extra_pictures
    from bench.charts.render import render_chart, render_picture

    # The extra ones take longest, so they come first.
    extras = extra_pictures(run.summary, run.strips)
    pictures: list[Picture | ChartSpec] = [*extras, *run.specs]
    drawn = []
    for picture in pictures[first::_CHILDREN]:
        if isinstance(picture, ChartSpec):
            png = render_chart(picture, run.summary, note=run.note)
            drawn.append(Drawn(picture.file_name(run.prefix), png))
        else:
            png = render_picture(picture, note=run.note)
            drawn.append(Drawn(picture.file_name, png, picture.words))
    return drawn
