"""Which blocks are invalid: rules that were fixed beforehand and that use no latency.

An invalid block is kept, flagged and replaced; the results with and without it are both reported.
A fact that a host does not report makes no block invalid.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from bench.host.counters import Counters, CpuTicks, counters_of
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
"""TCP segments that the host sent again; a busy 1 Gbit/s link sends 80,000 per second."""
MAX_CLOCK_RATE = 0.001
"""By which fraction the rates of the two clocks may differ; good clocks differ by 0.0001."""
CLOCK_SLACK_NS = 20_000_000
"""The clocks of both sides are read one after the other. That takes this long, or as long as the
client reports."""


def invalid_blocks(records: Iterable[BlockRecord]) -> frozenset[int]:
    """Return the numbers of the blocks that have a reason against them."""
    return frozenset(record.index for record in records if invalid_reasons(record))


def invalid_reasons(record: BlockRecord) -> tuple[str, ...]:
    """Return why a block is invalid: each reason with its figure, limit and place."""
    reasons = []
    for restart in record.restarts:
        client = _window(restart.client_before, restart.client_after)
        worker = _window(restart.worker_before, restart.worker_after)
        threads = f"{restart.threads} thread{'s' * (restart.threads > 1)}"
        for place, side_reasons in _placed_reasons(restart, client, worker):
            reasons += [f"{reason} ({place}, {threads})" for reason in side_reasons]
        if clock_reason := _clock_rates(client, worker):
            reasons.append(f"{clock_reason} ({threads})")
    return tuple(reasons)


def _placed_reasons(
    restart: RestartRecord, client: "_Window", worker: "_Window"
) -> Iterator[tuple[str, list[str]]]:
    """Yield the reasons of each side; a reason of both sides on the same CPUs comes once."""
    client_reasons = _host_reasons(restart, client, worker)
    worker_reasons = _host_reasons(restart, worker, client)
    if _same_cpus(client.after, worker.after):
        rules = {reason.partition(":")[0] for reason in client_reasons}
        yield "client and worker", client_reasons
        worker_reasons = [
            reason for reason in worker_reasons if reason.partition(":")[0] not in rules
        ]
    else:
        yield "client", client_reasons
    yield "worker", worker_reasons


class _Window(NamedTuple):
    """The counters of one side before and after a restart."""

    before: Counters
    after: Counters

    def growth(self, counter: Callable[[Counters], int | None]) -> int | None:
        """Return by how much a counter grew; None where it is missing before or after."""
        old, new = counter(self.before), counter(self.after)
        return None if old is None or new is None else new - old

    @property
    def ticks(self) -> CpuTicks | None:
        """CPU time that was spent; None where it is missing, or other CPUs were counted."""
        old, new = self.before.cpu_ticks, self.after.cpu_ticks
        if old is None or new is None or self.before.cpus != self.after.cpus:
            return None
        return new.since(old)

    @property
    def own_ticks(self) -> int | None:
        """CPU time of the run's own processes on this side."""
        return self.growth(lambda counters: counters.own_cpu_ticks)

    @property
    def clock_ns(self) -> int | None:
        """How long the window was, by this side's clock."""
        return self.growth(lambda counters: counters.clock_ns)


def _window(before: Facts, after: Facts) -> _Window:
    return _Window(counters_of(before), counters_of(after))


def _host_reasons(restart: RestartRecord, side: _Window, other: _Window) -> list[str]:
    wall_s = ns_to_s(side.clock_ns or restart.wall_ns)
    cores, groups = (
        side.growth(lambda counters: counters.throttle_count),
        side.growth(lambda counters: counters.quota_throttled),
    )
    reasons = [
        _steal(side),
        *_cpu_reasons(side, other, wall_s, restart.threads),
        _event_count("throttling", cores, "core throttlings"),
        _event_count("throttling", groups, "quota throttlings"),
        _swap(side),
        _retransmits(side, wall_s),
    ]
    return [reason for reason in reasons if reason]


def _clock_rates(client: _Window, worker: _Window) -> str:
    """Return the reason if the clocks of both sides run at different rates, else nothing."""
    here_ns, there_ns = client.clock_ns, worker.clock_ns
    if not here_ns or not there_ns:
        return ""
    difference_ns = there_ns - here_ns
    asked_ns = sum(counters.both_asked_ns for counters in client)
    if abs(difference_ns) <= MAX_CLOCK_RATE * here_ns + max(CLOCK_SLACK_NS, asked_ns):
        return ""
    direction = "faster" if difference_ns > 0 else "slower"
    rate = PERCENT * abs(difference_ns) / here_ns
    return (
        f"clocks: the worker's runs {rate:.2f} % {direction} than the client's, above "
        f"{PERCENT * MAX_CLOCK_RATE:g} %"
    )


def _cpu_reasons(side: _Window, other: _Window, wall_s: float, threads: int) -> list[str]:
    """Return the reasons of the rules about CPU time of others that apply to these facts."""
    if side.own_ticks is None:
        return [_busy_host(side, wall_s, threads), _pressure(side, wall_s)]
    return [_foreign_cpu(side, other, wall_s)]


def _foreign_cpu(side: _Window, other: _Window, wall_s: float) -> str:
    if side.ticks is None or not wall_s:
        return ""
    own_ticks = side.own_ticks or 0
    if _same_cpus(side.after, other.after):
        own_ticks += other.own_ticks or 0
    ticks_per_cpu = side.after.ticks_per_s * wall_s
    foreign_cpus = (side.ticks.computing - own_ticks) / ticks_per_cpu
    if foreign_cpus <= MAX_FOREIGN_CPUS:
        return ""
    cpus_by_name = _cpus_by_name(_others(side.after, other.after), ticks_per_cpu)
    unseen_cpus = foreign_cpus - sum(cpus_by_name.values())
    programs = [f"{name} {cpus:.2f}" for name, cpus in islice(cpus_by_name.items(), MAX_NAMED)]
    programs += [f"not seen {unseen_cpus:.2f}"] if unseen_cpus >= MIN_NAMED_CPUS else []
    return (
        f"foreign CPU: {foreign_cpus:.2f} CPUs busy with others ({', '.join(programs)}), "
        f"above {MAX_FOREIGN_CPUS}"
    )


def _cpus_by_name(processes: list[OtherProcess], ticks_per_cpu: float) -> dict[str, float]:
    """Return how many CPUs processes of one name used on average, the most first."""
    cpus: dict[str, float] = {}
    for process in processes:
        name = printable_name(process.name)
        cpus[name] = cpus.get(name, 0.0) + process.cpu_ticks / ticks_per_cpu
    return dict(sorted(cpus.items(), key=lambda item: item[1], reverse=True))


def _others(side: Counters, other: Counters) -> list[OtherProcess]:
    """Return the processes that are not part of the run, as far as both sides can name them."""
    places = [(counters.boot, counters.pid_namespace) for counters in (side, other)]
    if None in places[0] or places[0] != places[1]:
        return list(side.other_processes)
    return [process for process in side.other_processes if process.pid not in other.own_pids]


def _same_cpus(side: Counters, other: Counters) -> bool:
    """Return whether both sides run on one host, and there on some of the same CPUs."""
    if side.boot is None or side.boot != other.boot:
        return False
    return not set(side.cpus or ()).isdisjoint(other.cpus or ())


def _steal(side: _Window) -> str:
    if side.ticks is None or not sum(side.ticks):
        return ""
    fraction = side.ticks.steal / sum(side.ticks)
    if fraction <= MAX_STEAL_FRACTION:
        return ""
    return f"steal: {_percent(fraction)} of CPU time, above {_percent(MAX_STEAL_FRACTION)}"


def _busy_host(side: _Window, wall_s: float, threads: int) -> str:
    if side.ticks is None or not wall_s:
        return ""
    foreign = side.ticks.busy / side.after.ticks_per_s / wall_s - (threads + 1)
    if foreign <= MAX_SPARE_CPUS:
        return ""
    return f"foreign CPU: {foreign:.1f} CPUs busy with others, above {MAX_SPARE_CPUS}"


def _pressure(side: _Window, wall_s: float) -> str:
    stalled_us = side.growth(lambda counters: counters.stalled_us)
    if stalled_us is None or not wall_s:
        return ""
    fraction = stalled_us / 1e6 / wall_s
    if fraction <= MAX_PRESSURE_FRACTION:
        return ""
    limit = _percent(MAX_PRESSURE_FRACTION)
    return (
        f"foreign CPU: something waited for a CPU {_percent(fraction)} of the time, above {limit}"
    )


def _swap(side: _Window) -> str:
    pages = side.growth(lambda counters: counters.swapped_pages)
    if pages is None or pages <= MAX_SWAPPED_PAGES:
        return ""
    return f"swap: {pages} pages, above {MAX_SWAPPED_PAGES}"


def _retransmits(side: _Window, wall_s: float) -> str:
    count = side.growth(lambda counters: counters.tcp_retransmits)
    if count is None or not wall_s or count / wall_s <= MAX_RETRANSMITS_PER_S:
        return ""
    return f"retransmits: {count / wall_s:.0f} segments/s, above {MAX_RETRANSMITS_PER_S}"


def _event_count(rule: str, growth: int | None, events: str) -> str:
    return f"{rule}: {growth} {events}, above 0" if growth else ""


def _percent(fraction: float) -> str:
    return f"{PERCENT * fraction:.1f} %"
