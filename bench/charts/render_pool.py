"""Pictures are drawn by child processes, as many at once as there are cores.

Thirty pictures keep one core busy for seconds, and what draws them takes longer to import than a
run to read. So the children start to import it before there is anything to draw; this module
imports nothing that would hold that back.
"""

import atexit
import os
import pickle
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from bench.errors import HostError
from bench.host.process import Program, ProgramDied

if TYPE_CHECKING:
    from bench.charts.catalog import ChartSpec
    from bench.stats.estimate import Summary
    from bench.stats.spread import Strip

_MAX_CHILDREN = 8  # each imports for seconds, and more of them would have few pictures each
# Nobody here multiplies matrices, and threads for it spin where others import and draw.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}


class RenderJob(msgspec.Struct, frozen=True):
    """Some pictures to draw: those of a run whose place, divided by ``step``, leaves ``first``.

    ``pickled`` is a :class:`RunPictures`.
    """

    pickled: bytes
    first: int
    step: int


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


class Words(msgspec.Struct, frozen=True):
    """What :class:`bench.charts.picture.Picture` says of an extra chart."""

    name: str
    alt: str
    caption: str
    source: str


class Drawn(msgspec.Struct, frozen=True, tag="drawn"):
    """A picture as PNG; an extra one with its words."""

    file_name: str
    png: bytes
    words: Words | None = None


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """All pictures of a job are drawn."""


class Rendering:
    """Pictures that are being drawn."""

    def __init__(self, shares: "Sequence[Future[list[Drawn]]]") -> None:
        self._shares = shares

    def collect(self) -> list[Drawn]:
        """Return the pictures, in the order of the page, when all are there.

        Raises
        ------
        HostError
            If a child was ended from outside.
        """
        try:
            shares = [share.result() for share in self._shares]
        except ProgramDied as error:
            render_pool().close()
            render_pool.cache_clear()  # the next rendering gets another one
            if not error.killed:
                raise
            raise HostError(
                "a process that draws charts was ended from outside, perhaps because memory ran "
                "out; nothing of this page was written. Free memory, and run the same command "
                "again."
            ) from error
        longest = max(map(len, shares), default=0)
        return [share[place] for place in range(longest) for share in shares if place < len(share)]


class RenderPool:
    """Children that draw."""

    def __init__(self, count: int) -> None:
        module = "bench.charts.render_child"
        self._children: list[Program[Drawn | Finished]] = [
            Program(module, None, Drawn | Finished, _ENVIRONMENT) for _ in range(count)
        ]
        self._readers = ThreadPoolExecutor(count)

    @property
    def pids(self) -> list[int]:
        """The process ids of the children."""
        return [child.pid for child in self._children]

    def start(self, pictures: RunPictures) -> Rendering:
        """Begin to draw the pictures of a run."""
        pickled, step = pickle.dumps(pictures), len(self._children)
        return Rendering(
            [
                self._readers.submit(_draw_share, child, RenderJob(pickled, first, step))
                for first, child in enumerate(self._children)
            ]
        )

    def close(self) -> None:
        """End the children."""
        for child in self._children:
            child.stop()
        self._readers.shutdown()


@cache
def render_pool() -> RenderPool:
    """Return the pool of this process; the first call starts its children."""
    pool = RenderPool(min(os.cpu_count() or 1, _MAX_CHILDREN))
    atexit.register(pool.close)
    return pool


def _draw_share(child: Program[Drawn | Finished], job: RenderJob) -> list[Drawn]:
    child.send(job)
    return list(_drawn(child))


def _drawn(child: Program[Drawn | Finished]) -> Iterator[Drawn]:
    while isinstance(event := child.next_event(), Drawn):
        yield event
