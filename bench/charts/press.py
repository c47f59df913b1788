"""The press: pictures are drawn in processes of their own, as many at once as there are cores.

Thirty pictures keep one core busy for seconds, and what draws them takes longer to import than a
run to read. So the processes come from a server, which imports it while others read: who is going
to draw warms the press up first, and this module imports nothing that would hold that back. To
fork the reading process instead would copy whatever its threads hold locked.
"""

import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from functools import cache, lru_cache
from multiprocessing.forkserver import ensure_running
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from bench.errors import HostError

if TYPE_CHECKING:
    from bench.charts.catalog import ChartSpec
    from bench.stats.estimate import Summary
    from bench.stats.spread import Strip

_CONTEXT = multiprocessing.get_context("forkserver")
_PRELOADED = ["bench.charts.extra", "bench.charts.render"]
_MOST_PROCESSES = 8  # each costs a start; more of them have too few pictures to pay for it
T = TypeVar("T")


class ExtraPrint(NamedTuple):
    """An extra chart as a PNG, and what :class:`bench.charts.picture.Picture` says of it."""

    name: str
    file_name: str
    alt: str
    caption: str
    source: str
    png: bytes


class Printing(NamedTuple):
    """Pictures that are being drawn."""

    charts: dict[str, "Future[bytes]"]
    extras: "Future[list[ExtraPrint]]"

    def collect(self) -> tuple[dict[str, bytes], list[ExtraPrint]]:
        """Return the charts as PNG, by file name, and the extra ones, when all are there.

        Raises
        ------
        HostError
            If a drawing process was ended from outside.
        """
        try:
            charts = {name: chart.result() for name, chart in self.charts.items()}
            return charts, self.extras.result()
        except BrokenExecutor as error:
            _processes.cache_clear()  # the next printing gets others
            raise HostError(
                "a process that draws charts was ended from outside, perhaps for want of memory; "
                "nothing of this page was written. Make room, and run the same command again."
            ) from error


def warm_up() -> None:
    """Let the server import what draws, beside whatever the caller does next."""
    # Nobody here multiplies matrices, and threads for it spin where others import and draw.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _CONTEXT.set_forkserver_preload(_PRELOADED)
    ensure_running()


def start_printing(
    summary: "Summary",
    specs: Sequence["ChartSpec"],
    strips: Sequence["Strip"],
    *,
    prefix: str,
    note: str = "",
) -> Printing:
    """Begin to draw a run's charts and its extra ones.

    Parameters
    ----------
    summary : Summary
        All planned cells.
    specs : sequence of ChartSpec
        The charts.
    strips : sequence of Strip
        Single requests, for the extra chart of them; none of an imported run.
    prefix : str
        Begins the file name of each chart.
    note : str
        A warning that each picture must carry, such as "smoke, not a measurement".
    """
    packed = pickle.dumps(summary)
    # The extra charts come one after the other, so they go first.
    extras = _submit(_print_extras, packed, strips, note)
    charts = {spec.file_name(prefix): _submit(_print_chart, spec, packed, note) for spec in specs}
    return Printing(charts, extras)


def _submit(work: Callable[..., T], *arguments: object) -> "Future[T]":
    return _processes().submit(work, *arguments)


@cache
def _processes() -> ProcessPoolExecutor:
    warm_up()
    return ProcessPoolExecutor(
        min(os.cpu_count() or 1, _MOST_PROCESSES),
        mp_context=_CONTEXT,
        # Ctrl-C reaches a whole terminal: the process that asked for pictures answers to it.
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


@lru_cache(maxsize=1)
def _unpack(packed: bytes) -> "Summary":
    """Return the summary that a process draws from, unpacked for the first of its pictures."""
    return cast("Summary", pickle.loads(packed))  # noqa: S301 - of the process that asks


def _print_chart(spec: "ChartSpec", packed: bytes, note: str) -> bytes:
    from bench.charts.render import render_chart

    return render_chart(spec, _unpack(packed), note=note)


def _print_extras(packed: bytes, strips: Sequence["Strip"], note: str) -> list[ExtraPrint]:
    from bench.charts.extra import extra_pictures
    from bench.charts.render import render_picture

    return [
        ExtraPrint(p.name, p.file_name, p.alt, p.caption, p.source, render_picture(p, note=note))
        for p in extra_pictures(_unpack(packed), strips)
    ]
