"""The window of one restart on one host: it begins when both sides are ready to measure."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from bench.host import sources
from bench.host.counters import read_counters
from bench.host.others import OtherProcesses, cpu_time_ticks
from bench.host.sources import collect, read
from bench.records import Facts

_BOOT_ID = Path("sys/kernel/random/boot_id")
_DIGEST_LENGTH = 16


class Window:
    """Observes a host while a restart is measured; opened when this object is made.

    Parameters
    ----------
    pid : int
        The process whose switches and faults are facts.
    own : collection of int
        The process ids of the run's own processes on this side, ``pid`` among them.
    cpus : collection of int
        The CPUs that count: :func:`bench.host.cores.counted_cpus`.
    """

    def __init__(self, pid: int, own: Collection[int], cpus: Collection[int]) -> None:
        self._pid = pid
        self._own = tuple(own)
        self._cpus = tuple(cpus)
        self._others = OtherProcesses(self._own, self._cpus)

    def moment(self) -> Facts:
        """Return :func:`bench.host.counters.read_counters` of the counted CPUs, and their users.

        The run's own CPU time is read last: reading the other facts is part of it.
        """
        return {
            **collect(
                {
                    "boot": _boot,
                    "pid_namespace": lambda: (sources.PROC / "self/ns/pid").stat().st_ino,
                    "own_pids": lambda: list(self._own),
                    "other_processes": lambda: [list(p) for p in self._others.used()],
                }
            ),
            **read_counters(self._pid, self._cpus),
            **collect({"own_cpu_ticks": lambda: cpu_time_ticks(self._own)}),
        }


def _boot() -> str:
    """Return a digest of the kernel's boot id: equal where two processes share a kernel."""
    boot_id = read(sources.PROC / _BOOT_ID)
    return hashlib.sha256(f"scalebench {boot_id}".encode()).hexdigest()[:_DIGEST_LENGTH]
