"""How a host and one of its processes are just now: what may change while a run lasts."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from bench.host import sources
from bench.host.limits import cpu_quota, memory_left_bytes
from bench.host.sources import collect, cpuinfo, line, read
from bench.records import Facts

CPU_TICKS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""The first fields of a line ``cpu`` in /proc/stat, in order [ticks of the counted CPUs]."""


def moment_facts(pid: int | None = None, cpus: Sequence[int] | None = None) -> Facts:
    """Return how this host is; taken before and after each restart.

    Parameters
    ----------
    pid : int, optional
        The process whose switches and faults are told; without it they are missing.
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
            "cpus": lambda: _counted(cpus),
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


def cpu_ticks(moment: Facts) -> dict[str, int] | None:
    """Return the CPU ticks of a moment by what they were spent on; None if they are missing."""
    ticks = moment.get("cpu_ticks")
    if ticks is None:
        return None
    return dict(zip(CPU_TICKS, map(int, str(ticks).split()), strict=False))


def _memory_left() -> int:
    left = memory_left_bytes()
    if left is None:
        raise LookupError("no control group limits the memory")
    return left


def _counted(cpus: Sequence[int] | None) -> list[int]:
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
    tasks = proc / _named(pid) / "task"
    return sum(int(line(t / "status", "nonvoluntary_ctxt_switches:")) for t in tasks.iterdir())


def _major_faults(proc: Path, pid: int | None) -> int:
    # The name of the program, in brackets, may hold spaces; major faults are 10 fields after it.
    return int(read(proc / _named(pid) / "stat").rpartition(")")[2].split()[9])


def _named(pid: int | None) -> str:
    if pid is None:
        raise LookupError("no process was computing then")
    return str(pid)
