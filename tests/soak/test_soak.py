"""A few seconds of ``make soak``, with real processes: what leaks is found, and nothing else leaks.

Drift is followed but not judged here: in seconds, on a machine that runs other tests, the floor of
a real overhead says nothing. tests/soak/test_limits.py proves that a drift is found.
"""

import math

from tests.soak.__main__ import promises, table
from tests.soak.limits import DESCRIPTORS, FLOOR, MEMORY, THREADS, Check, check_all
from tests.soak.watch import MANY_CLIENT, ONE_CLIENT, PROCESSES, Observed, Plan, soak

SMALL = 64
"""Of so small images, what a compute process holds at once is no growth where it comes late."""


def observe(seconds: float, **options: str) -> tuple[Observed, list[Check], list[str]]:
    """Make requests for a time, and return what was observed, checked and printed."""
    lines: list[str] = []
    observed = soak(Plan(seconds, SMALL, **options), lines.append)
    return observed, check_all(observed.readings, observed.turns, ONE_CLIENT), lines


def test_nothing_leaks_in_client_worker_and_compute_process() -> None:
    observed, checks, lines = observe(10)
    broken = [check for check in checks if not check.kept and check.figure != FLOOR]
    assert broken == []
    assert {check.process for check in checks} == set(PROCESSES)
    assert len(lines) == 1 + len(observed.turns)
    assert math.isfinite(checks[-1].last)
    requests, sessions, turns = (row.count for row in promises(observed, checks, minutes=1))
    assert requests > sessions == turns >= 3


def test_a_client_that_leaks_memory_descriptors_and_threads_is_found() -> None:
    _, checks, _ = observe(6, program="tests.soak.leaking_client")
    broken = {(each.process, each.figure) for each in checks if not each.kept}
    figures = (MEMORY, DESCRIPTORS, THREADS)
    clients = (ONE_CLIENT, MANY_CLIENT)
    assert broken - {(ONE_CLIENT, FLOOR)} == {(c, f) for c in clients for f in figures}
    assert sum(row.endswith("BROKEN") for row in table(checks)) == len(broken)
