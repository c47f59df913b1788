"""Which processes that are not part of a run use CPUs that the run's threads need."""

import os
import time
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bench.host import sources
from bench.records import Count

MIN_NAMED_CPUS = 0.05
"""A process that used fewer CPUs on average is not named."""
MAX_STORED = 16
"""More than are named: several may have one name, and some may belong to the other side."""
_NAME_LENGTH = 15  # of the kernel's own names


class OtherProcess(NamedTuple):
    """A process that is not part of the run, and the CPU time that it used in a window.

    The CPU time of its children is included once they have ended and it has waited for them.
    """

    pid: Count
    name: str
    cpu_ticks: Count


class OtherProcesses:
    """All processes of a host except the run's own, observed from now on.

    Parameters
    ----------
    own : collection of int
        The process ids of the run's own processes.
    cpus : collection of int
        The CPUs that count; a process whose threads all ran on other CPUs last is left out.
    """

    def __init__(self, own: Collection[int], cpus: Collection[int]) -> None:
        self._own = frozenset(own)
        self._cpus = frozenset(cpus)
        self._begun_s = time.monotonic()
        self._before = {(p.pid, p.started): p for p in _processes()}

    def used(self) -> list[OtherProcess]:
        """Return those that used most CPU time since this object was made, in that order.

        They are at most ``MAX_STORED``. A process that began meanwhile counts with all its time.
        """
        window_s = time.monotonic() - self._begun_s
        min_ticks = max(1.0, MIN_NAMED_CPUS * window_s * os.sysconf("SC_CLK_TCK"))
        used = [process for process in self._growth() if process.pid not in self._own]
        used.sort(key=lambda p: p.cpu_ticks, reverse=True)
        return list(
            islice((p for p in used if p.cpu_ticks >= min_ticks and self._counts(p)), MAX_STORED)
        )

    def _growth(self) -> Iterator[OtherProcess]:
        """Yield what each process that runs now used, with its children that have ended."""
        now = {(p.pid, p.started): p for p in _processes()}
        ended = {p.pid: p for key, p in self._before.items() if key not in now}
        counted_before: Counter[int] = Counter()
        for process in self._before.values():
            pid = process.pid
            while pid in ended:  # its time is now part of its parent's
                pid = ended[pid].parent
            counted_before[pid] += process.all_ticks
        for process in now.values():
            ticks = process.all_ticks - counted_before[process.pid]
            yield OtherProcess(process.pid, process.name, ticks)

    def _counts(self, process: OtherProcess) -> bool:
        tasks = sources.PROC / str(process.pid) / "task"
        return any(task.last_cpu in self._cpus for task in _read_all(tasks))


def cpu_time_ticks(pids: Collection[int]) -> int:
    """Return the CPU time that processes used so far, all their threads together [ticks].

    Raises
    ------
    OSError
        If one of them has ended.
    """
    return sum(_read(sources.PROC / str(pid)).cpu_ticks for pid in pids)


def printable_name(name: str) -> str:
    """Return the name of a process, which it may set itself, without control characters."""
    return "".join(c for c in name if c.isprintable())[:_NAME_LENGTH] or "?"


class _Process(NamedTuple):
    """One line of /proc/<pid>/stat, or of one thread."""

    pid: int
    name: str
    parent: int
    cpu_ticks: int
    children_ticks: int
    started: int
    last_cpu: int

    @property
    def all_ticks(self) -> int:
        """CPU time of the process and of its children that have ended [ticks]."""
        return self.cpu_ticks + self.children_ticks


def _processes() -> Iterator[_Process]:
    return _read_all(sources.PROC)


def _read_all(folder: Path) -> Iterator[_Process]:
    """Yield the processes, or the threads, whose numbers are the names in ``folder``."""
    try:
        numbers = [name for name in os.listdir(folder) if name.isdecimal()]  # noqa: PTH208 - fast
    except OSError:  # it has ended
        return
    for number in numbers:
        try:
            yield _read(folder / number)
        except OSError:  # it has ended
            continue


def _read(folder: Path) -> _Process:
    text = (folder / "stat").read_bytes().decode(errors="ignore")
    # The name, in brackets, may hold any character: brackets and spaces too.
    pid, _, rest = text.partition(" (")
    name, _, rest = rest.rpartition(") ")
    fields = rest.split()  # from the third of proc_pid_stat(5) on
    return _Process(
        pid=int(pid),
        name=printable_name(name),
        parent=int(fields[1]),
        cpu_ticks=int(fields[11]) + int(fields[12]),  # utime and stime
        children_ticks=int(fields[13]) + int(fields[14]),  # cutime and cstime
        started=int(fields[19]),
        last_cpu=int(fields[36]),
    )
