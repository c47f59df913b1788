"""Three workers and their clients, watched: one session all the time, short ones, and fresh ones.

In each cycle the old session makes requests for a time. Meanwhile a short session comes and goes at
a second worker, and a third worker and its client are started. Then the old session and the fresh
one make requests in turns, and nothing else does.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

import psutil

from bench.units import ns_to_ms
from tests.cli.command import serving_stub
from tests.soak.client import DELAY_MS
from tests.soak.client_process import ClientProcess
from tests.soak.limits import MB, READINGS_MIN, Reading, Turns
from tests.waiting import wait_until

ONE_CLIENT, ONE_WORKER = "client, one session", "worker, one session"
COMPUTE = "compute process, one session"
MANY_CLIENT, MANY_WORKER = "client, many sessions", "worker, many sessions"
PROCESSES = (ONE_CLIENT, ONE_WORKER, COMPUTE, MANY_CLIENT, MANY_WORKER)
_MINUTE_S = 60


@dataclass(frozen=True)
class Plan:
    """How long requests are made, of which images; in less than an hour all comes more often."""

    total_s: float
    image_size: int = 224
    program: str = "tests.soak.client"

    @property
    def load_s(self) -> float:
        """How long the old session makes requests in a cycle before the turns."""
        return min(10.0, self.total_s / 20)

    @property
    def turns_s(self) -> float:
        """How long the old session and a fresh one take turns in a cycle."""
        return min(7.0, self.total_s / 20)

    @property
    def session_s(self) -> float:
        """How long a short session makes requests, and how long a fresh one does before turns."""
        return min(0.5, self.total_s / 200)


@dataclass
class Observed:
    """What was read and counted."""

    readings: dict[str, list[Reading]] = field(
        default_factory=lambda: {name: [] for name in PROCESSES}
    )
    turns: list[Turns] = field(default_factory=list)
    requests_count: int = 0
    sessions_count: int = 0

    def head(self) -> str:
        """Return what the columns of a line are."""
        return (
            f"{'minutes':>7}  {'requests':>9}  {'sessions':>8}  {'old ms':>7}  {'fresh ms':>8}  "
            f"memory MB / descriptors / threads of {'; '.join(PROCESSES)}"
        )

    def line(self) -> str:
        """Return what was read last."""
        turns = self.turns[-1]
        old_ms, fresh_ms = (ns_to_ms(median(each)) for each in (turns.old_ns, turns.fresh_ns))
        latest = [self.readings[name][-1] for name in PROCESSES]
        processes = "  ".join(
            f"{each.memory_bytes / MB:.2f}/{each.descriptors_count}/{each.threads_count}"
            for each in latest
        )
        return (
            f"{turns.at_s / _MINUTE_S:7.2f}  {self.requests_count:9,}  {self.sessions_count:8}  "
            f"{old_ms:7.4f}  {fresh_ms:8.4f}  {processes}"
        )


class _Served(NamedTuple):
    """A worker that was started as a person would, and its client."""

    worker: psutil.Process
    client: ClientProcess


def soak(plan: Plan, say: Callable[[str], object]) -> Observed:
    """Let clients make requests, say a line a cycle, and return what was observed."""
    with _served(plan, "one") as one, _served(plan, "many") as many:
        return _Soak(plan, one, many).run(say)


@contextlib.contextmanager
def _served(plan: Plan, sessions: str) -> Iterator[_Served]:
    """Give a worker and its client, which opens ``one`` session or ``many``."""
    with serving_stub(DELAY_MS) as (worker, endpoint):
        client = ClientProcess(plan.program, [endpoint, str(plan.image_size), sessions])
        try:
            client.request(0)  # it has started; one session is open
            yield _Served(psutil.Process(worker.pid), client)
        finally:
            client.close()


class _Soak:
    """Asks the clients, and reads what their processes and their workers' have."""

    def __init__(self, plan: Plan, one: _Served, many: _Served) -> None:
        self._plan = plan
        self._one = one
        self._many = many
        (compute,) = one.worker.children()
        self._single = {
            ONE_CLIENT: psutil.Process(one.client.pid),
            ONE_WORKER: one.worker,
            COMPUTE: compute,
        }
        self._short = {MANY_CLIENT: psutil.Process(many.client.pid), MANY_WORKER: many.worker}
        self._observed = Observed()
        self._begun_s = time.monotonic()

    def run(self, say: Callable[[str], object]) -> Observed:
        """Return what was observed once the time is over."""
        observed = self._observed
        say(observed.head())
        while len(observed.turns) < READINGS_MIN or self._passed_s() < self._plan.total_s:
            self._cycle()
            say(observed.line())
        return observed

    def _passed_s(self) -> float:
        return time.monotonic() - self._begun_s

    def _cycle(self) -> None:
        """Make requests in all three ways, and read what all processes have."""
        self._one.client.ask(self._plan.load_s)
        self._make_session()
        with _served(self._plan, "one") as fresh:
            fresh.client.request(self._plan.session_s)  # its warm-up
            self._observed.requests_count += self._one.client.answer().requests_count
            self._read(self._single)
            self._observed.turns.append(self._take_turns(fresh.client))

    def _make_session(self) -> None:
        """Make a short session, and read what is left once its compute process has ended."""
        self._observed.requests_count += self._many.client.request(
            self._plan.session_s
        ).requests_count
        self._observed.sessions_count += 1
        wait_until(lambda: not self._many.worker.children())
        self._read(self._short)

    def _take_turns(self, fresh: ClientProcess) -> Turns:
        """Let the old session and a fresh one take turns as short as the client allows."""
        old = self._one.client
        floors_ns: dict[ClientProcess, list[float]] = {old: [], fresh: []}
        end_s = time.monotonic() + self._plan.turns_s
        clients = [old, fresh]
        while not floors_ns[old] or time.monotonic() < end_s:
            for client in clients:
                answer = client.request(0)
                self._observed.requests_count += answer.requests_count
                floors_ns[client].append(answer.floor_ns)
            clients.reverse()
        return Turns(self._passed_s(), floors_ns[old], floors_ns[fresh])

    def _read(self, processes: Mapping[str, psutil.Process]) -> None:
        """Read what processes have now.

        Memory is what no file stands behind: pages of libraries come and go with other processes.
        """
        for name, process in processes.items():
            memory = process.memory_info()
            self._observed.readings[name].append(
                Reading(
                    memory_bytes=memory.rss - getattr(memory, "shared", 0),
                    descriptors_count=process.num_fds(),
                    threads_count=process.num_threads(),
                )
            )
