"""How a run went, as the page needs it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bench.stats.effort import TimeSpent
from bench.stats.round_trip import Way
from bench.stats.stopping import Decision


class Course(NamedTuple):
    """How a run went: its complete blocks, when it began and ended, what the report noticed.

    ``preset`` is the largest that the run was measured with; ``busy_threads`` tells how many
    threads really computed, by arm and agreed number.
    """

    block_count: int
    started_at: str
    ended_at: str
    flags: Sequence[str] = ()
    time_spent: TimeSpent | None = None
    decisions: Sequence[Decision] = ()
    ways: Sequence[Way] = ()
    preset: str = "quick"
    busy_threads: Mapping[tuple[str, int], float] = {}
