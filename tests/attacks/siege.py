"""A worker under attack: an honest client measures meanwhile, and the worker's memory is watched.

usage: python -m tests.attacks.siege ATTACK SECONDS PORT...      (the attack alone)
"""

import contextlib
import importlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import psutil

from bench.engine.inputs import tensor_pool
from bench.measure.executor import Call
from bench.records import Outcome
from bench.transport.sockets import SILENCE_S
from tests.attacks.clock import Until
from tests.benchmarks.encryption import make_keys
from tests.benchmarks.roundtrip import HELLO, Connected, connected
from tests.measure.factory import make_sample

ATTACKS = (
    "foreign_protocols",
    "many_connections",
    "slow_handshakes",
    "hello_and_leave",
    "hostile_messages",
    "replayed_bytes",
)
MAX_GROWTH_BYTES = 256 << 20
"""How much the memory of a worker's processes may grow during an attack."""
ROOT = Path(__file__).parents[2]


class Siege(NamedTuple):
    """What an attack did: how often, the growth of memory, and round trips before and during it."""

    attack: str
    encrypted: bool
    times: int
    growth_bytes: int
    answered: int
    before_ms: float
    during_ms: float


def besiege(attack: str, seconds: float, *, encrypted: bool) -> Siege:
    """Attack a new worker for some time; every request of its client must be answered well.

    Parameters
    ----------
    attack : str
        One of :data:`ATTACKS`.
    seconds : float
        How long it goes on [s].
    encrypted : bool
        Whether the worker has keys; the attackers have none.
    """
    with tempfile.TemporaryDirectory() as folder:
        keys = make_keys(Path(folder)) if encrypted else None
        with connected(SILENCE_S, keys) as honest:
            before = _round_trips(honest, Until(seconds / 4))
            with _memory_watched(honest.program.pid) as grown:
                attackers = subprocess.Popen(
                    [sys.executable, "-m", __name__, attack, str(seconds), *_ports(honest)],
                    cwd=ROOT,
                    stdout=subprocess.PIPE,
                    text=True,
                )
                during = _round_trips(honest, Until(seconds))
                times, _ = attackers.communicate(timeout=60)
            assert attackers.returncode == 0
            after = _round_trips(honest, Until(seconds / 4))
            assert honest.control.describe().busy  # with the session of the honest client
            honest.control.send_hello(HELLO)
            assert honest.control.receive_welcome(HELLO).session  # another one in its place
    return Siege(
        attack,
        encrypted,
        int(times),
        max(grown),
        len(before) + len(during) + len(after),
        median(before),
        median(during),
    )


def _ports(honest: Connected) -> list[str]:
    return [str(honest.control.address.port), str(honest.link.address.port)]


def _round_trips(honest: Connected, until: Until) -> list[float]:
    """Make requests until the time is over; return how long each took [ms]."""
    batch = tensor_pool(1, 224).batch(0, 1)
    answer = np.zeros((1, 1000), dtype=np.float32)
    times: list[float] = []
    while until.not_over or not times:
        begun = time.perf_counter()
        honest.executor.submit(Call(make_sample(0), batch, answer))
        assert honest.executor.complete().outcome is Outcome.OK
        times.append((time.perf_counter() - begun) * 1000)
    return times


@contextlib.contextmanager
def _memory_watched(pid: int) -> Iterator[list[int]]:
    """Give a list to which the growth of a process and its children is added, until the end."""
    over, grown = threading.Event(), [0]

    def resident() -> int:
        main = psutil.Process(pid)
        return sum(each.memory_info().rss for each in (main, *main.children()))

    def watch() -> None:
        first = resident()
        while not over.wait(0.05):
            grown.append(resident() - first)

    thread = threading.Thread(target=watch)
    thread.start()
    yield grown
    over.set()
    thread.join()


def main(arguments: list[str]) -> None:
    """Run one attack and print how often it was made."""
    name, seconds, *ports = arguments
    module = importlib.import_module(f"tests.attacks.{name}")
    print(module.attack([int(port) for port in ports], Until(float(seconds))))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
