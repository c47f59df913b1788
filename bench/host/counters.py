"""Counters of a host and of one of its processes: facts that may change during a run."""

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec

from bench.host import sources
from bench.host.limits import cpu_quota, memory_left_bytes
from bench.host.others import OtherProcess
from bench.host.sources import collect, cpuinfo, line, read
from bench.records import Count, Facts, Positive

_TICKS_PER_S = 100  # where a host does not report its own


class CpuTicks(NamedTuple):
    """CPU time of the counted CPUs by what it was spent on, in the order of /proc/stat [ticks]."""

    user: Count
    nice: Count
    system: Count
    idle: Count
    iowait: Count
    irq: Count
    softirq: Count
    steal: Count = 0

    @property
    def computing(self) -> int:
        """Time of processes: without interrupts, which a run's own messages cause."""
        return self.user + self.nice + self.system

    @property
    def busy(self) -> int:
        """Time in which something ran on this host."""
        return self.computing + self.irq + self.softirq

    def since(self, earlier: "CpuTicks") -> "CpuTicks":
        """Return what was spent since an earlier moment."""
        return CpuTicks(*(end - start for end, start in zip(self, earlier, strict=True)))


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a moment that the rules use; None where a host does not report one."""

    boot: str | None = None
    pid_namespace: Count | None = None
    own_pids: tuple[Count, ...] = ()
    other_processes: tuple[OtherProcess, ...] = ()
    cpus: tuple[Count, ...] | None = None
    cpu_ticks: CpuTicks | None = None
    ticks_per_s: Positive = _TICKS_PER_S
    own_cpu_ticks: Count | None = None
    clock_ns: Count | None = None
    both_asked_ns: Count = 0
    throttle_count: Count | None = None
    quota: str | None = None
    quota_throttled: Count | None = None
    swapped_pages: Count | None = None
    stalled_us: Count | None = None
    tcp_retransmits: Count | None = None
    free_kib: Count | None = None
    memory_limit_left_bytes: Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)] | None = None


def counters_of(moment: Facts) -> Counters:
    """Return the counters among the facts of a moment.

    A fact of a wrong type, or out of range, counts as missing: a worker may send anything.
    """
    parsed = {
        **moment,
        "cpu_ticks": _parsed(moment, "cpu_ticks", _cpu_ticks),
        "swapped_pages": _parsed(moment, "swap", lambda counts: sum(map(int, counts))),
        "stalled_us": _parsed(moment, "pressure_cpu", lambda text: text.rpartition("total=")[2]),
        "free_kib": _parsed(moment, "memory_available", lambda text: text.split()[0]),
    }
    values = {}
    for field in msgspec.structs.fields(Counters):
        if parsed.get(field.name) is not None:
            with contextlib.suppress(msgspec.ValidationError):
                values[field.name] = msgspec.convert(parsed[field.name], field.type, strict=False)
    return Counters(**values)


def read_counters(pid: int | None = None, cpus: Sequence[int] | None = None) -> Facts:
    """Return the facts of this moment; they are read before and after each restart.

    Parameters
    ----------
    pid : int, optional
        The process whose switches and faults are read; without it they are missing.
    cpus : sequence of int, optional
        The CPUs whose ticks are summed; without it those of the whole host.
    """
    proc, cgroup = sources.PROC, sources.CGROUP
    throttle = sources.CPU / "cpu0" / "thermal_throttle" / "core_throttle_count"
    return collect(
        {
            "clock_ns": time.monotonic_ns,
            "load": lambda: list(os.getloadavg()),
            "frequency_mhz": lambda: cpuinfo("cpu MHz"),
            "throttle_count": lambda: read(throttle),
            "cpus": lambda: _cpu_numbers(cpus),
            "cpu_ticks": lambda: _ticks(proc / "stat", cpus),
            "ticks_per_s": lambda: os.sysconf("SC_CLK_TCK"),
            "memory_available": lambda: line(proc / "meminfo", "MemAvailable:"),
            "swap": lambda: [line(proc / "vmstat", "pswpin"), line(proc / "vmstat", "pswpout")],
            "memory_limit_left_bytes": _memory_left,
            "quota": cpu_quota,
            "quota_throttled": lambda: line(cgroup / "cpu.stat", "nr_throttled"),
            "pressure_cpu": lambda: line(proc / "pressure" / "cpu", "some"),
            "pressure_memory": lambda: line(proc / "pressure" / "memory", "some"),
            "tcp_retransmits": lambda: _tcp_counter(proc / "net" / "snmp", "RetransSegs"),
            "involuntary_switches": lambda: _involuntary_switches(proc, pid),
            "major_faults": lambda: _major_faults(proc, pid),
        }
    )


def _parsed(moment: Facts, name: str, parse: Callable[[Any], object]) -> object:
    try:
        return None if moment.get(name) is None else parse(moment[name])
    except (AttributeError, IndexError, TypeError, ValueError):
        return None


def _cpu_ticks(text: str) -> list[int]:
    return [int(ticks) for ticks in text.split()[: len(CpuTicks._fields)]]


def _memory_left() -> int:
    left_bytes = memory_left_bytes()
    if left_bytes is None:
        raise LookupError("no control group limits the memory")
    return left_bytes


def _cpu_numbers(cpus: Sequence[int] | None) -> list[int]:
    if cpus is None:
        raise LookupError("all CPUs of the host count")
    return list(cpus)


def _ticks(path: Path, cpus: Sequence[int] | None) -> str:
    if cpus is None:
        return line(path, "cpu ")
    rows = dict(text.split(" ", 1) for text in read(path).splitlines())
    missing = [cpu for cpu in cpus if f"cpu{cpu}" not in rows]
    if missing:
        raise LookupError(f"{path} has no line 'cpu{missing[0]}'")
    columns = zip(*(map(int, rows[f"cpu{cpu}"].split()) for cpu in cpus), strict=True)
    return " ".join(str(sum(column)) for column in columns)


def _tcp_counter(path: Path, name: str) -> int:
    names, values = [text.split() for text in read(path).splitlines() if text.startswith("Tcp:")]
    return int(values[names.index(name)])


def _involuntary_switches(proc: Path, pid: int | None) -> int:
    tasks = proc / _pid_folder(pid) / "task"
    return sum(int(line(t / "status", "nonvoluntary_ctxt_switches:")) for t in tasks.iterdir())


def _major_faults(proc: Path, pid: int | None) -> int:
    # The name of the program, in brackets, may hold spaces; major faults are 10 fields after it.
    return int(read(proc / _pid_folder(pid) / "stat").rpartition(")")[2].split()[9])


def _pid_folder(pid: int | None) -> str:
    if pid is None:
        raise LookupError("no process was computing then")
    return str(pid)
