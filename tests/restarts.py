"""Made-up restarts of which only some facts matter."""

from typing import Any

from bench.records import RestartRecord

_FACTS = ("client", "worker", "client_before", "client_after", "worker_before", "worker_after")


def make_restart(threads: int = 1, **fields: Any) -> RestartRecord:
    """Return a restart that took no time and of which no facts are known but those given."""
    unknown = {"startup_ns": 0, "wall_ns": 0, **{name: {} for name in _FACTS}}
    return RestartRecord(threads=threads, **{**unknown, **fields})
