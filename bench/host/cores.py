"""Which cores this process may use, and which threads run on which of them."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_CPU_ROOT = Path("/sys/devices/system/cpu")
_NODE_ROOT = Path("/sys/devices/system/node")


class CorePlan(NamedTuple):
    """Cores of the compute threads, and those left for sockets and the client.

    ``overlap`` is True where the machine has no core to spare, so that both lists are equal.
    """

    compute: tuple[int, ...]
    service: tuple[int, ...]
    overlap: bool

    @property
    def loading(self) -> tuple[int, ...]:
        """The cores for what takes seconds before anything is timed, such as loading a model.

        All of the plan, but for a service core of another NUMA node: memory stays on the node of
        the core that touches it first.
        """
        near = set().union(*(node for node in _numa_nodes() if node & set(self.compute)))
        return tuple(sorted({*self.compute, *(set(self.service) & near)}))


def usable_cpus() -> tuple[int, ...]:
    """Return the CPUs that this process may use, in order."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def physical_cores(cpu_root: Path = _CPU_ROOT) -> tuple[int, ...]:
    """Return one usable CPU for each physical core.

    A virtual machine that reports a single core for several CPUs does not report its topology;
    then each CPU counts as a core.
    """
    cpus = usable_cpus()
    first_of_core: dict[str, int] = {}
    for cpu in cpus:
        first_of_core.setdefault(_siblings(cpu_root, cpu), cpu)
    cores = tuple(sorted(first_of_core.values()))
    return cores if len(cores) > 1 else cpus


def plan_cores(threads: int, cores: tuple[int, ...] | None = None) -> CorePlan:
    """Return the core lists for ``threads`` compute threads; the same in every placement."""
    cores = physical_cores() if cores is None else cores
    compute, spare = cores[:threads], cores[threads:]
    if not spare:
        return CorePlan(compute=compute, service=compute, overlap=True)
    return CorePlan(compute=compute, service=spare[-1:], overlap=False)


def counted_cpus(plan: CorePlan, cpu_root: Path = _CPU_ROOT) -> tuple[int, ...]:
    """Return the CPUs whose load slows the threads of a plan: its own and their siblings.

    A plan has one CPU of each core. If all of them are siblings, the machine does not report its
    topology; then a CPU has no siblings.
    """
    cpus = {*plan.compute, *plan.service}
    siblings = {_siblings(cpu_root, cpu) for cpu in cpus}
    if len(siblings) < len(cpus):
        return tuple(sorted(cpus))
    return tuple(sorted(cpus.union(*map(_parse_cpus, siblings))))


def pin_thread(cores: Iterable[int]) -> None:
    """Pin the calling thread (and the threads that it starts from now on) to ``cores``."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(cores))


def _numa_nodes() -> list[set[int]]:
    """Return the CPUs of each NUMA node; where the system reports none, all CPUs are one node."""
    lists = [path.read_text().strip() for path in _NODE_ROOT.glob("node[0-9]*/cpulist")]
    return [_parse_cpus(text) for text in lists if text] or [set(usable_cpus())]


def _siblings(cpu_root: Path, cpu: int) -> str:
    try:
        return (cpu_root / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)


def _parse_cpus(text: str) -> set[int]:
    """Return the CPUs of a list such as ``0-3,8``."""
    ends = [part.partition("-") for part in text.split(",")]
    return {cpu for low, _, high in ends for cpu in range(int(low), int(high or low) + 1)}
