"""Charts to PNG: small, deterministic pictures that carry their own numbers.

Thirty pictures keep one core busy for seconds, and what draws them takes longer to import than a
run to read. So child processes draw, as many at once as there are cores, and they start to import
before there is anything to draw.
"""

import atexit
import os
import sys
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

from bench.call_pool import CallPool
from bench.charts.chart import TEXT, Chart
from bench.errors import HostError
from bench.processes import ProgramDied

_MAX_CHILDREN = 8  # more of them would have too few pictures each
_CHILDREN = min(os.cpu_count() or 1, _MAX_CHILDREN)
_ENVIRONMENT = {
    # Drawing multiplies no matrices; idle threads for it take time from the processes that draw.
    "OPENBLAS_NUM_THREADS": "1",
    # Of the caller's: a notebook's backend, and settings that could be broken.
    "MPLBACKEND": "agg",
    "MATPLOTLIBRC": os.devnull,
}


@cache
def render_pool() -> CallPool:
    """Return the children that draw for this process; the first call starts them."""
    pool = CallPool(_CHILDREN, _ENVIRONMENT, _import_what_draws)
    atexit.register(pool.close)
    return pool


def render_all(charts: Sequence[Chart]) -> dict[str, bytes]:
    """Return the PNG of each chart by its file name, a share drawn by each child.

    Raises
    ------
    HostError
        If a child was ended from outside.
    """
    # Those below the seed's take longest, so they come first.
    ordered = sorted(charts, key=lambda chart: chart.role == TEXT)
    shares = [ordered[first::_CHILDREN] for first in range(_CHILDREN)]
    begun = [render_pool().submit(partial(_draw_share, share)) for share in shares]
    try:
        drawn = {name: png for share in begun for name, png in share.result().items()}
    except ProgramDied as error:
        render_pool().close()
        render_pool.cache_clear()  # the next page gets other children
        raise HostError(
            "a process that draws charts was killed, perhaps because memory ran out; "
            "nothing of this page was written. Free memory, and run the same command again."
        ) from error
    return {chart.file_name: drawn[chart.file_name] for chart in charts}


def _import_what_draws() -> None:
    # A matplotlibrc of the working directory would be read before the one that is named above.
    os.chdir(Path(__file__).parent)
    # seaborn draws lines and bars without scipy, whose import would take as long as all the rest.
    sys.modules["scipy"] = None  # type: ignore[assignment]
    import bench.charts.drawing.draw  # noqa: F401


def _draw_share(charts: Sequence[Chart]) -> dict[str, bytes]:
    from bench.charts.drawing.draw import draw_png

    return {chart.file_name: draw_png(chart) for chart in charts}
