"""What will disturb a measurement on a host, and the remedies: checks of its facts."""

from collections.abc import Callable
from typing import NamedTuple

from bench.host.allocator import MAX_TUNED_FAULTS
from bench.host.counters import CpuTicks, counters_of
from bench.host.validity import MAX_STEAL_FRACTION
from bench.records import Facts
from bench.units import PERCENT

MAX_BUSY_PERCENT = 5.0
MAX_CLOCK_READ_NS = 1000
MIN_FREE_KIB = 4 << 20
"""ResNet50 at batch 64 holds about 2 GiB in each of two processes."""
GOOD_CLOCKS = ("tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter")


class Finding(NamedTuple):
    """The result of one check; ``remedy`` is empty where ``ok`` is true.

    ``ok`` is None where the host does not report the fact.
    """

    name: str
    ok: bool | None
    reason: str
    remedy: str = ""


def examine(host: Facts, before: Facts, after: Facts) -> list[Finding]:
    """Judge a host by its facts and by two moments while nothing is measured on it.

    Parameters
    ----------
    host : Facts
        As :func:`bench.host.facts.host_facts` returns them.
    before, after : Facts
        As :func:`bench.host.counters.read_counters` returns them, about a second apart.
    """
    moment_checks = [steal, load, swapping, memory, quota]
    host_checks = [governor, boost, smt, spare_core, virtualisation, clock_source]
    return [check(host) for check in host_checks] + [
        check(before, after) for check in moment_checks
    ]


def governor(host: Facts) -> Finding:
    """Judge how the frequency is chosen."""
    value = host.get("governor")
    if value is None:
        return _unknown("governor", host, "governor")
    return _judge(
        "governor",
        value == "performance",
        f"the governor is {value}",
        "cpupower frequency-set --governor performance",
    )


def boost(host: Facts) -> Finding:
    """Judge whether the frequency depends on heat and on how many cores work."""
    value = host.get("boost")
    if value is None:
        return _unknown("boost", host, "boost")
    return _judge(
        "boost",
        value != "1",
        "the frequency is boosted while few cores work" if value == "1" else "there is no boost",
        "echo 0 > /sys/devices/system/cpu/cpufreq/boost",
    )


def smt(host: Facts) -> Finding:
    """Judge whether two threads may share a core."""
    value = host.get("smt")
    if value is None:
        return _unknown("smt", host, "smt")
    return _judge(
        "smt",
        value != "on",
        "cores have siblings: one of each is used, but other programs may run on its sibling"
        if value == "on"
        else "no core has an active sibling",
        "echo off > /sys/devices/system/cpu/smt/control",
    )


def spare_core(host: Facts) -> Finding:
    """Judge whether a core is left for the client's sockets."""
    count = host.get("physical_cores_count")
    if not isinstance(count, int):
        return _unknown("spare core", host, "physical_cores_count")
    return _judge(
        "spare core",
        count > 2,  # noqa: PLR2004 - one for the model, one for the client, one for the rest
        f"{count} cores; with as many threads, client and model share one",
        f"--threads up to {count - 1}" if count > 1 else "a machine with more cores",
    )


def virtualisation(host: Facts) -> Finding:
    """Judge whether other guests of the hypervisor can use the CPUs and caches of this one."""
    kind = host.get("hypervisor")
    if kind is None:
        return _unknown("virtualisation", host, "hypervisor")
    words = {"none": "bare metal", "yes": "a virtual machine"}  # "yes": one without a name
    return _judge(
        "virtualisation",
        kind == "none",
        words.get(kind, f"a virtual machine ({kind})"),
        "more blocks (--preset full), or bare metal",
    )


def clock_source(host: Facts) -> Finding:
    """Judge whether the clock is read without asking the kernel or the hypervisor."""
    value = host.get("clock_source")
    if value is None:
        return _unknown("clock source", host, "clock_source")
    return _judge(
        "clock source",
        value in GOOD_CLOCKS,
        f"the clock is {value}",
        "boot with clocksource=tsc where the processor's counter is stable",
    )


def steal(before: Facts, after: Facts) -> Finding:
    """Judge how much time the hypervisor gave to others."""
    percent = _share(before, after, lambda spent: spent.steal)
    if percent is None:
        return _unknown("steal", after, "cpu_ticks")
    return _judge(
        "steal",
        percent <= PERCENT * MAX_STEAL_FRACTION,
        f"{percent:.1f} % of the time went to other guests",
        "another hour, or a host with dedicated cores",
    )


def load(before: Facts, after: Facts) -> Finding:
    """Judge how much other programs compute."""
    percent = _share(before, after, lambda spent: spent.busy)
    if percent is None:
        return _unknown("load", after, "cpu_ticks")
    return _judge(
        "load",
        percent <= MAX_BUSY_PERCENT,
        f"other programs use {percent:.0f} % of the processors",
        "end what computes here before measuring",
    )


def swapping(before: Facts, after: Facts) -> Finding:
    """Judge whether memory is written to disk."""
    pages = [counters_of(moment).swapped_pages for moment in (before, after)]
    if None in pages:
        return _unknown("swap", after, "swap")
    unchanged = pages[0] == pages[1]
    return _judge(
        "swap",
        unchanged,
        "nothing is swapped" if unchanged else "memory is being swapped",
        "free memory",
    )


def memory(_before: Facts, after: Facts) -> Finding:
    """Judge whether there is enough memory for both processes."""
    counters = counters_of(after)
    free_kib, limit_bytes = counters.free_kib, counters.memory_limit_left_bytes
    if free_kib is None:
        return _unknown("memory", after, "memory_available")
    limited = limit_bytes is not None and limit_bytes >> 10 < free_kib
    free_kib = (limit_bytes or 0) >> 10 if limited else free_kib
    limit_text = " under the limit of a control group" if limited else ""
    return _judge(
        "memory",
        free_kib >= MIN_FREE_KIB,
        f"{free_kib / (1 << 20):.1f} GiB are available{limit_text}",
        "free memory, or smaller --batch-sizes",
    )


def quota(before: Facts, after: Facts) -> Finding:
    """Judge whether a control group limits the processor time."""
    earlier, now = counters_of(before), counters_of(after)
    if now.quota is None:
        return _unknown("quota", after, "quota")
    free = now.quota.startswith("max")
    throttled = earlier.quota_throttled != now.quota_throttled
    return _judge(
        "quota",
        free and not throttled,
        f"processor time is limited (cpu.max {now.quota})"
        if not free
        else "processor time was held back"
        if throttled
        else "no limit on processor time",
        "lift the limit of the container or the control group",
    )


def allocator(tuned_faults: int | None) -> Finding:
    """Judge whether large blocks are reused under ``--allocator tuned``."""
    if tuned_faults is None:
        return Finding(
            "allocator",
            ok=False,
            reason="this is not glibc 2.33 or later: whether memory is reused cannot be proved",
            remedy="read the page faults of a run before believing small differences",
        )
    return _judge(
        "allocator",
        tuned_faults <= MAX_TUNED_FAULTS,
        f"a large block that is used again makes {tuned_faults} page faults under 'tuned'",
        "unset LD_PRELOAD and MALLOC_ variables",
    )


def clock_read(read_ns: float) -> Finding:
    """Judge what reading the clock costs."""
    return _judge(
        "clock",
        read_ns <= MAX_CLOCK_READ_NS,
        f"one reading takes {read_ns:.0f} ns",
        "another clock source: a request reads the clock about ten times",
    )


def _judge(name: str, ok: bool, reason: str, remedy: str) -> Finding:  # noqa: FBT001
    return Finding(name, ok, reason, "" if ok else remedy)


def _unknown(name: str, facts: Facts, fact: str) -> Finding:
    reason = facts.get(f"{fact}_missing", "unknown")
    return Finding(name, ok=None, reason=f"unknown here: {reason}")


def _share(before: Facts, after: Facts, part: Callable[[CpuTicks], int]) -> float | None:
    """Return a part of the ticks between two moments [percent].

    None where ticks are missing, or where a restart that began or ended changed which CPUs count.
    """
    first, last = counters_of(before), counters_of(after)
    if first.cpu_ticks is None or last.cpu_ticks is None or first.cpus != last.cpus:
        return None
    spent = last.cpu_ticks.since(first.cpu_ticks)
    return PERCENT * part(spent) / sum(spent) if sum(spent) else None
