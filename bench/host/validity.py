"""Which blocks outside evidence speaks against: rules fixed beforehand, blind to any latency.

A block that a rule hits is kept, flagged and replaced; the results with and without it are both
reported. A fact that a host cannot tell gives no evidence, neither for nor against.
"""

from collections.abc import Iterable

from bench.records import BlockRecord, Facts, RestartRecord
from bench.units import PERCENT, ns_to_s

MAX_STEAL_FRACTION = 0.01
"""Of all CPU time of the host, taken by its hypervisor for others."""
MAX_PRESSURE_FRACTION = 0.1
"""Of the wall time, in which something that could run waited for a CPU. A run whose client shares
the model's cores makes about 0.05 by itself; a foreign process on them makes nearly 1."""
MAX_FOREIGN_CPUS = 0.5
"""CPUs busy on average beyond the compute threads and one for the client."""
MAX_SWAPPED_PAGES = 256
"""1 MiB in pages of 4 KiB."""
MAX_RETRANSMITS_PER_S = 10
"""TCP segments that the host sent again; a busy 1 Gbit/s link carries 80,000 a second."""
_TICKS_PER_S = 100  # where a host does not tell its own


def invalid_blocks(records: Iterable[BlockRecord]) -> frozenset[int]:
    """Return the numbers of the blocks that have a reason against them."""
    return frozenset(record.index for record in records if invalid_reasons(record))


def invalid_reasons(record: BlockRecord) -> tuple[str, ...]:
    """Return what speaks against a block, each with its figure, limit and place."""
    reasons = []
    for restart in record.restarts:
        client = _host_reasons(restart, restart.client_before, restart.client_after)
        worker = _host_reasons(restart, restart.worker_before, restart.worker_after)
        reasons += [f"{reason} (client, {restart.threads} threads)" for reason in client]
        reasons += [f"{reason} (worker, {restart.threads} threads)" for reason in worker]
    return tuple(reasons)


def _host_reasons(restart: RestartRecord, before: Facts, after: Facts) -> list[str]:
    wall_s = ns_to_s(_growth(before, after, "clock_ns") or restart.wall_ns)
    found = [
        _steal(before, after),
        _foreign_cpu(before, after, wall_s, restart.threads),
        _pressure(before, after, wall_s),
        _counted("throttling", _growth(before, after, "throttle_count"), "core throttlings"),
        _counted("throttling", _growth(before, after, "quota_throttled"), "quota throttlings"),
        _swap(before, after),
        _retransmits(before, after, wall_s),
    ]
    return [reason for reason in found if reason]


def _steal(before: Facts, after: Facts) -> str:
    ticks = _tick_growth(before, after)
    if ticks is None or sum(ticks) == 0:
        return ""
    fraction = ticks[7] / sum(ticks)
    if fraction <= MAX_STEAL_FRACTION:
        return ""
    return f"steal: {_percent(fraction)} of CPU time, above {_percent(MAX_STEAL_FRACTION)}"


def _foreign_cpu(before: Facts, after: Facts, wall_s: float, threads: int) -> str:
    ticks = _tick_growth(before, after)
    if ticks is None or not wall_s:
        return ""
    user, nice, system, _, _, irq, soft_irq, _ = ticks
    busy_s = (user + nice + system + irq + soft_irq) / after.get("ticks_per_s", _TICKS_PER_S)
    foreign = busy_s / wall_s - (threads + 1)
    if foreign <= MAX_FOREIGN_CPUS:
        return ""
    return f"foreign CPU: {foreign:.1f} CPUs busy with others, above {MAX_FOREIGN_CPUS}"


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
    old, new = ([int(n) for n in facts["cpu_ticks"].split()[:8]] for facts in (before, after))
    return [b - a for a, b in zip(old, new, strict=True)]


def _stall_us(line: str | None) -> int | None:
    return int(line.rpartition("total=")[2]) if line else None


def _percent(fraction: float) -> str:
    return f"{PERCENT * fraction:.1f} %"
