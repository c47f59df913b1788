"""A restart in real processes: a load that others make is found and named, its own never is."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bench.config import BUDGETS
from bench.host.cores import plan_cores
from bench.host.validity import invalid_reasons
from bench.measure.request import MeasureRequest
from bench.measure.restart import measure_restart, worker_address
from bench.plan import make_block
from bench.records import BlockRecord, Placement, RestartRecord, Sample
from tests.measure.factory import Silent
from tests.page.factory import make_info

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="this system has no /proc"
)
NAME = "foreign-load"
# A process chooses its name. It says when it has begun, and ends with its starter.
BUSY = f"""
import os, sys, threading, time
open("/proc/self/comm", "w").write({NAME!r})
os.sched_setaffinity(0, {{int(sys.argv[1])}})
busy_s, pause_s = float(sys.argv[2]), float(sys.argv[3])
try:
    os.setpriority(os.PRIO_PROCESS, 0, -10)
except PermissionError:
    pass
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print("begun", flush=True)
while True:
    end = time.monotonic() + busy_s
    while time.monotonic() < end:
        pass
    time.sleep(pause_s)
"""


def _measure(model: str) -> tuple[RestartRecord, list[Sample]]:
    """Measure one restart of a block with one thread and return it."""
    experiment = make_info(model, (1, 8), threads=(1,)).experiment
    experiment = msgspec.structs.replace(experiment, image_size=32)
    request = MeasureRequest(experiment, BUDGETS["smoke"], Path("unused"))
    with worker_address(request) as address:
        restart = make_block(experiment, 1).restarts[0]
        return measure_restart(request, 1, restart, address, Silent())


def _reasons(record: RestartRecord) -> list[str]:
    block = BlockRecord(index=1, started_at="", wall_ns=record.wall_ns, restarts=(record,))
    return [reason for reason in invalid_reasons(block) if reason.startswith("foreign CPU")]


@contextlib.contextmanager
def _foreign_load(busy_s: float, pause_s: float) -> Iterator[None]:
    """Keep every CPU that a restart uses busy with a process of others."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", BUSY, str(cpu), str(busy_s), str(pause_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for cpu in sorted({*plan_cores(1).compute, *plan_cores(1).service})
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
        yield
    finally:
        for process in processes:
            process.kill()
            process.communicate()


@pytest.mark.parametrize(
    ("busy_s", "pause_s"), [(1.0, 0.0), (0.05, 0.05)], ids=["without a pause", "in bursts"]
)
def test_a_load_of_others_speaks_against_a_block_and_is_named(
    busy_s: float, pause_s: float
) -> None:
    with _foreign_load(busy_s, pause_s):
        record, _ = _measure("stub:20")
    (reason,) = _reasons(record)
    assert NAME in reason
    assert reason.endswith("(client and worker, 1 thread)")


@pytest.mark.parametrize("model", ["stub:5", "resnet18"])
def test_the_processes_of_the_run_are_never_foreign(model: str) -> None:
    """Tests run beside others, which may be foreign: what is certain is what is not."""
    record, samples = _measure(model)
    ends = (record.client_before, record.client_after, record.worker_before, record.worker_after)
    own = {pid for moment in ends for pid in moment["own_pids"]}
    assert os.getpid() in own
    assert len(own) == 4
    for placement, before, after in (
        (Placement.LOCAL, *ends[:2]),
        (Placement.REMOTE, *ends[2:]),
    ):
        own_ticks = after["own_cpu_ticks"] - before["own_cpu_ticks"]
        cpu_ns = sum(s.cpu_ns or 0 for s in samples if s.arm.placement is placement)
        assert own_ticks / after["ticks_per_s"] >= 0.9 * cpu_ns / 1e9 - 0.03
    assert not any(NAME in reason for reason in _reasons(record))
