"""Charts to PNG: small, deterministic pictures with their numbers stored in them.

Drawing thirty pictures takes one core several seconds, and importing matplotlib takes longer than
reading a run. So child processes draw, up to one per core, and they start to import before the
charts are ready.
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

_MAX_CHILDREN = 8  # with more children, each would have too few pictures
_CHILDREN = min(os.cpu_count() or 1, _MAX_CHILDREN)
_ENVIRONMENT = {
    # Drawing multiplies no matrices; idle BLAS threads would take time from the children.
    "OPENBLAS_NUM_THREADS": "1",
    # The caller may have set a notebook's backend, or a broken matplotlibrc.
    "MPLBACKEND": "agg",
    "MATPLOTLIBRC": os.devnull,
}


@cache
def render_pool() -> CallPool:
    """Return the children that draw for this process; the first call starts them."""
    pool = CallPool(_CHILDREN, _ENVIRONMENT, _import_drawing)
    atexit.register(pool.close)
    return pool


def render_all(charts: Sequence[Chart]) -> dict[str, bytes]:
    """Draw all charts in the children, and return each PNG by its file name.

    Raises
    ------
    HostError
        If a child was killed.
    """
    # The charts outside of the page's text take longest, so they are drawn first.
    ordered = sorted(charts, key=lambda chart: chart.role == TEXT)
    shares = [ordered[first::_CHILDREN] for first in range(_CHILDREN)]
    calls = [render_pool().submit(partial(_draw_share, share)) for share in shares]
    try:
        pngs = {name: png for call in calls for name, png in call.result().items()}
    except ProgramDied as error:
        render_pool().close()
        render_pool.cache_clear()  # the next page gets other children
        raise HostError(
            "a process that draws charts was killed, perhaps because memory ran out; "
            "nothing of this page was written. Free memory, and run the same command again."
        ) from error
    return {chart.file_name: pngs[chart.file_name] for chart in charts}


def _import_drawing() -> None:
    # A matplotlibrc of the working directory would be read before the one that is named above.
    os.chdir(Path(__file__).parent)
    # seaborn draws lines and bars without scipy, whose import would take as long as all the rest.
    sys.modules["scipy"] = None  # type: ignore[assignment]
    import bench.charts.drawing.draw  # noqa: F401


def _draw_share(charts: Sequence[Chart]) -> dict[str, bytes]:
    from bench.charts.drawing.draw import draw_png

    return {chart.file_name: draw_png(chart) for chart in charts}
