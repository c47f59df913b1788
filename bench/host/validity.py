"""Which blocks outside evidence speaks against: rules fixed beforehand, blind to any latency.

A block that a rule hits is kept, flagged and replaced; the results with and without it are both
reported. A fact that a host cannot tell gives no evidence, neither for nor against.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec

from bench.host.others import MIN_NAMED_CPUS, OtherProcess, printable_name
from bench.records import BlockRecord, Facts, RestartRecord
from bench.units import PERCENT, ns_to_s

MAX_STEAL_FRACTION = 0.01
"""Of all CPU time of the host, taken by its hypervisor for others."""
MAX_FOREIGN_CPUS = 0.2
"""CPUs busy on average with other processes than the run's own, of those that its threads need."""
MAX_PRESSURE_FRACTION = 0.1
"""Of the wall time, in which something that could run waited for a CPU. Only for runs that do not
record the CPU time of their own processes: those wait for each other as well."""
MAX_SPARE_CPUS = 0.5
"""CPUs of the host busy on average beyond the compute threads and one for the client. Only for
runs that do not record the CPU time of their own processes."""
MAX_NAMED = 3
"""Names of processes in a reason; processes of one name are added up."""
MAX_SWAPPED_PAGES = 256
"""1 MiB in pages of 4 KiB."""
MAX_RETRANSMITS_PER_S = 10
"""TCP segments that the host sent again; a busy 1 Gbit/s link carries 80,000 a second."""
MAX_CLOCK_RATE = 0.001
"""By which fraction the clocks of the two processes may run apart; good ones differ by 0.0001."""
CLOCK_SLACK_NS = 20_000_000
"""Both sides are asked for their clocks one after the other, which takes a while: this, or longer
where the client says so."""
_TICKS_PER_S = 100  # where a host does not tell its own


def invalid_blocks(records: Iterable[BlockRecord]) -> frozenset[int]:
    """Return the numbers of the blocks that have a reason against them."""
    return frozenset(record.index for record in records if invalid_reasons(record))


def invalid_reasons(record: BlockRecord) -> tuple[str, ...]:
    """Return what speaks against a block, each with its figure, limit and place."""
    reasons = []
    for restart in record.restarts:
        client = _Window(restart.client_before, restart.client_after)
        worker = _Window(restart.worker_before, restart.worker_after)
        for place, found in _placed_reasons(restart, client, worker):
            plural = "s" * (restart.threads > 1)
            reasons += [f"{reason} ({place}, {restart.threads} thread{plural})" for reason in found]
        if apart := _clock_rates(client, worker):
            reasons.append(f"{apart} ({restart.threads} thread{'s' * (restart.threads > 1)})")
    return tuple(reasons)


def _placed_reasons(
    restart: RestartRecord, client: "_Window", worker: "_Window"
) -> Iterator[tuple[str, list[str]]]:
    """Yield what each side saw; what both saw on the same CPUs of one host comes once."""
    ours, theirs = _host_reasons(restart, client, worker), _host_reasons(restart, worker, client)
    if _same_cpus(client.after, worker.after):
        rules = {reason.partition(":")[0] for reason in ours}
        yield "client and worker", ours
        theirs = [reason for reason in theirs if reason.partition(":")[0] not in rules]
    else:
        yield "client", ours
    yield "worker", theirs


class _Window(NamedTuple):
    """The moments at both ends of what one side saw of a restart."""

    before: Facts
    after: Facts


def _host_reasons(restart: RestartRecord, side: _Window, other: _Window) -> list[str]:
    wall_s = ns_to_s(_growth(*side, "clock_ns") or restart.wall_ns)
    found = [
        _steal(*side),
        *_cpu_reasons(side, other, wall_s, restart.threads),
        _counted("throttling", _growth(*side, "throttle_count"), "core throttlings"),
        _counted("throttling", _growth(*side, "quota_throttled"), "quota throttlings"),
        _swap(*side),
        _retransmits(*side, wall_s),
    ]
    return [reason for reason in found if reason]


def _clock_rates(client: "_Window", worker: "_Window") -> str:
    """Return that the clocks of both sides run at different rates, so that their times differ."""
    here_ns, there_ns = (_growth(*side, "clock_ns") for side in (client, worker))
    if not here_ns or not there_ns:
        return ""
    apart_ns = there_ns - here_ns
    asked_ns = sum(int(moment.get("both_asked_ns") or 0) for moment in client)
    if abs(apart_ns) <= MAX_CLOCK_RATE * here_ns + max(CLOCK_SLACK_NS, asked_ns):
        return ""
    way = "faster" if apart_ns > 0 else "slower"
    rate = PERCENT * abs(apart_ns) / here_ns
    return (
        f"clocks: the worker's runs {rate:.2f} % {way} than the client's, above "
        f"{PERCENT * MAX_CLOCK_RATE:g} %"
    )


def _cpu_reasons(side: _Window, other: _Window, wall_s: float, threads: int) -> list[str]:
    """Return what the rules about CPU time of others find; which ones hold is up to the facts."""
    if _growth(*side, "own_cpu_ticks") is None:
        return [_busy_host(*side, wall_s, threads), _pressure(*side, wall_s)]
    return [_foreign_cpu(side, other, wall_s)]


def _foreign_cpu(side: _Window, other: _Window, wall_s: float) -> str:
    ticks = _tick_growth(*side)
    if ticks is None or not wall_s:
        return ""
    user, nice, system, *_ = ticks  # interrupts are left out: the run's own messages cause them
    own = _growth(*side, "own_cpu_ticks") or 0
    if _same_cpus(side.after, other.after):
        own += _growth(*other, "own_cpu_ticks") or 0
    ticks_per_cpu = side.after.get("ticks_per_s", _TICKS_PER_S) * wall_s
    foreign = (user + nice + system - own) / ticks_per_cpu
    if foreign <= MAX_FOREIGN_CPUS:
        return ""
    cpus_by_name = _cpus_by_name(_others(side.after, other.after), ticks_per_cpu)
    unseen = foreign - sum(cpus_by_name.values())
    names = [f"{name} {cpus:.2f}" for name, cpus in islice(cpus_by_name.items(), MAX_NAMED)]
    names += [f"not seen {unseen:.2f}"] if unseen >= MIN_NAMED_CPUS else []
    who = ", ".join(names)
    return f"foreign CPU: {foreign:.2f} CPUs busy with others ({who}), above {MAX_FOREIGN_CPUS}"


def _cpus_by_name(processes: list[OtherProcess], ticks_per_cpu: float) -> dict[str, float]:
    """Return how many CPUs processes of one name used on average, the most first."""
    cpus: dict[str, float] = {}
    for process in processes:
        name = printable_name(process.name)
        cpus[name] = cpus.get(name, 0.0) + process.cpu_ticks / ticks_per_cpu
    return dict(sorted(cpus.items(), key=lambda item: item[1], reverse=True))


def _others(side: Facts, other: Facts) -> list[OtherProcess]:
    """Return the processes that one side takes for others, without those of the other side."""
    try:
        processes = msgspec.convert(side.get("other_processes") or [], list[OtherProcess])
    except msgspec.ValidationError:  # a worker may send anything
        return []
    names = ("boot", "pid_namespace")
    if any(side.get(name) is None or side.get(name) != other.get(name) for name in names):
        return processes
    return [process for process in processes if process.pid not in (other.get("own_pids") or ())]


def _same_cpus(side: Facts, other: Facts) -> bool:
    """Return whether both sides run on one host, and there on some of the same CPUs."""
    if side.get("boot") is None or side.get("boot") != other.get("boot"):
        return False
    return not set(side.get("cpus") or ()).isdisjoint(other.get("cpus") or ())


def _steal(before: Facts, after: Facts) -> str:
    ticks = _tick_growth(before, after)
    if ticks is None or sum(ticks) == 0:
        return ""
    fraction = ticks[7] / sum(ticks)
    if fraction <= MAX_STEAL_FRACTION:
        return ""
    return f"steal: {_percent(fraction)} of CPU time, above {_percent(MAX_STEAL_FRACTION)}"


def _busy_host(before: Facts, after: Facts, wall_s: float, threads: int) -> str:
    ticks = _tick_growth(before, after)
    if ticks is None or not wall_s:
        return ""
    user, nice, system, _, _, irq, soft_irq, _ = ticks
    busy_s = (user + nice + system + irq + soft_irq) / after.get("ticks_per_s", _TICKS_PER_S)
    foreign = busy_s / wall_s - (threads + 1)
    if foreign <= MAX_SPARE_CPUS:
        return ""
    return f"foreign CPU: {foreign:.1f} CPUs busy with others, above {MAX_SPARE_CPUS}"


def _pressure(before: Facts, after: Facts, wall_s: float) -> str:
    values = [_stall_us(facts.get("pressure_cpu")) for facts in (before, after)]
    if values[0] is None or values[1] is None or not wall_s:
        return ""
    fraction = (values[1] - values[0]) / 1e6 / wall_s
    if fraction <= MAX_PRESSURE_FRACTION:
        return ""
    limit = _percent(MAX_PRESSURE_FRACTION)
    return (
        f"foreign CPU: something waited for a CPU {_percent(fraction)} of the time, above {limit}"
    )


def _swap(before: Facts, after: Facts) -> str:
    if before.get("swap") is None or after.get("swap") is None:
        return ""
    pages = sum(map(int, after["swap"])) - sum(map(int, before["swap"]))
    return f"swap: {pages} pages, above {MAX_SWAPPED_PAGES}" if pages > MAX_SWAPPED_PAGES else ""


def _retransmits(before: Facts, after: Facts, wall_s: float) -> str:
    count = _growth(before, after, "tcp_retransmits")
    if count is None or not wall_s or count / wall_s <= MAX_RETRANSMITS_PER_S:
        return ""
    return f"retransmits: {count / wall_s:.0f} segments/s, above {MAX_RETRANSMITS_PER_S}"


def _counted(rule: str, growth: int | None, what: str) -> str:
    return f"{rule}: {growth} {what}, above 0" if growth else ""


def _growth(before: Facts, after: Facts, name: str) -> int | None:
    if before.get(name) is None or after.get(name) is None:
        return None
    return int(after[name]) - int(before[name])


def _tick_growth(before: Facts, after: Facts) -> list[int] | None:
    """Return the growth of user, nice, system, idle, iowait, irq, softirq and steal ticks."""
    if before.get("cpu_ticks") is None or after.get("cpu_ticks") is None:
        return None
    if before.get("cpus") != after.get("cpus"):
        return None
    old, new = ([int(n) for n in facts["cpu_ticks"].split()[:8]] for facts in (before, after))
    return [b - a for a, b in zip(old, new, strict=True)]


def _stall_us(line: str | None) -> int | None:
    return int(line.rpartition("total=")[2]) if line else None


def _percent(fraction: float) -> str:
    return f"{PERCENT * fraction:.1f} %"
