"""Two workers and their clients, watched: one has a single session, the other many short ones."""

import contextlib
import select
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import psutil

from bench.units import ns_to_ms
from tests.cli.command import serving_stub
from tests.soak.client import DELAY_MS
from tests.soak.client_process import ClientProcess
from tests.soak.limits import MB, READINGS_MIN, Floor, Reading
from tests.waiting import wait_until

ONE_CLIENT, ONE_WORKER = "client, one session", "worker, one session"
COMPUTE = "compute process, one session"
MANY_CLIENT, MANY_WORKER = "client, many sessions", "worker, many sessions"
PROCESSES = (ONE_CLIENT, ONE_WORKER, COMPUTE, MANY_CLIENT, MANY_WORKER)
_SESSION_S = 0.2
_MINUTE_S = 60


@dataclass(frozen=True)
class Plan:
    """How long requests are made, of which images; in less than an hour all comes more often."""

    total_s: float
    image_size: int = 224
    program: str = "tests.soak.client"

    @property
    def window_s(self) -> float:
        """How long requests are made for one floor of the overhead."""
        return min(60.0, self.total_s / 15)

    @property
    def pause_s(self) -> float:
        """The time between two readings of the single session."""
        return min(5.0, self.total_s / 100)

    @property
    def session_s(self) -> float:
        """The time from the start of a short session to that of the next one."""
        return min(20.0, self.total_s / 30)


@dataclass
class Observed:
    """What was read and counted."""

    readings: dict[str, list[Reading]] = field(
        default_factory=lambda: {name: [] for name in PROCESSES}
    )
    floors: list[Floor] = field(default_factory=list)
    requests_count: int = 0
    sessions_count: int = 0

    def head(self) -> str:
        """Return what the columns of a line are."""
        return (
            f"{'minutes':>7}  {'requests':>9}  {'sessions':>8}  {'floor ms':>8}  {'TCP ms':>8}  "
            f"memory MB / descriptors / threads of {'; '.join(PROCESSES)}"
        )

    def line(self) -> str:
        """Return what was read last."""
        floor = self.floors[-1]
        latest = [self.readings[name][-1] for name in PROCESSES if self.readings[name]]
        processes = "  ".join(
            f"{each.memory_bytes / MB:.2f}/{each.descriptors_count}/{each.threads_count}"
            for each in latest
        )
        return (
            f"{floor.at_s / _MINUTE_S:7.2f}  {self.requests_count:9,}  {self.sessions_count:8}  "
            f"{ns_to_ms(floor.overhead_ns):8.4f}  {ns_to_ms(floor.reference_ns):8.4f}  {processes}"
        )


def soak(plan: Plan, say: Callable[[str], object]) -> Observed:
    """Let clients make requests, say a line a window, and return what was observed."""
    with _served(plan, "one") as one, _served(plan, "many") as many:
        one.client.ask(0)
        one.client.answer()  # its session is open
        return _Soak(plan, say, one, many).run()


class _Served(NamedTuple):
    """A worker that was started as a person would, and its client."""

    worker: psutil.Process
    client: ClientProcess


@contextlib.contextmanager
def _served(plan: Plan, sessions: str) -> Iterator[_Served]:
    """Give a worker and its client, which opens ``one`` session or ``many``."""
    with serving_stub(DELAY_MS) as (worker, endpoint):
        client = ClientProcess(plan.program, [endpoint, str(plan.image_size), sessions])
        try:
            yield _Served(psutil.Process(worker.pid), client)
        finally:
            client.close()


class _Soak:
    """Asks both clients in turns, and reads what their processes and their workers' have."""

    def __init__(
        self, plan: Plan, say: Callable[[str], object], one: _Served, many: _Served
    ) -> None:
        self._plan = plan
        self._say = say
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

    def run(self) -> Observed:
        """Return what was observed once the time is over."""
        self._say(self._observed.head())
        one, many = self._one.client, self._many.client
        next_session_s = self._begun_s
        one.ask(self._plan.window_s)
        while not self._done():
            if not many.busy and time.monotonic() >= next_session_s:
                next_session_s = time.monotonic() + self._plan.session_s
                many.ask(_SESSION_S)
            ready = select.select([one, many], [], [], self._plan.pause_s)[0]
            self._read(self._single)
            if many in ready:
                self._end_session()
            if one in ready:
                self._end_window()
        return self._observed

    def _done(self) -> bool:
        observed = self._observed
        enough = min(len(observed.floors), observed.sessions_count) >= READINGS_MIN
        return enough and time.monotonic() > self._begun_s + self._plan.total_s

    def _end_session(self) -> None:
        """Read what is left once the session's compute process has ended."""
        self._observed.requests_count += self._many.client.answer().requests_count
        self._observed.sessions_count += 1
        wait_until(lambda: not self._many.worker.children())
        self._read(self._short)

    def _end_window(self) -> None:
        answer = self._one.client.answer()
        self._one.client.ask(self._plan.window_s)
        self._observed.requests_count += answer.requests_count
        floor = Floor(time.monotonic() - self._begun_s, answer.floor_ns, answer.reference_ns)
        self._observed.floors.append(floor)
        self._say(self._observed.line())

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
