"""A worker serves before torch has named its devices, and asks only while no client measures."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zmq

from bench.records import ANY_LOOPBACK_PORT, EngineSpec, Facts
from bench.transport.control import ControlClient
from bench.worker.jobs import WorkerJob
from bench.worker.launch import start_embedded
from tests.cli.command import children
from tests.sessions import join_session, stub_hello, welcome_of
from tests.waiting import wait_until

STUB = EngineSpec(model="stub:0")


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    yield context
    context.destroy(linger=0)


@contextmanager
def starting_to_ask(
    context: zmq.Context[zmq.Socket[bytes]],
) -> Iterator[tuple[int, int, ControlClient]]:
    """Start a worker whose process that asks torch stands still; give both, and a client."""
    job = WorkerJob(ANY_LOOPBACK_PORT, STUB, None, 64, describes_engines=True)
    program, address = start_embedded(job)
    control = ControlClient(context, address)
    try:
        asker = process_that_asks(program.pid)
        os.kill(asker, signal.SIGSTOP)
        yield program.pid, asker, control
    finally:
        control.close()
        program.stop()


def process_that_asks(worker: int) -> int:
    """Return the process that asks torch, once it runs: its starter waits until then."""

    def asking() -> list[int]:
        paths = {pid: Path(f"/proc/{pid}/cmdline") for pid in children(worker)}
        return [pid for pid, path in paths.items() if b"engine.available" in path.read_bytes()]

    wait_until(asking)
    return asking()[0]


def engines(control: ControlClient) -> Facts:
    return control.describe().engines


def test_a_worker_serves_before_torch_has_answered(
    context: zmq.Context[zmq.Socket[bytes]],
) -> None:
    with starting_to_ask(context) as (worker, asker, control):
        early = engines(control)
        assert early["devices"] is None
        assert "ask again in a few seconds" in early["devices_missing"]
        assert {"compile", "float32", "bfloat16"} <= early.keys()
        os.kill(asker, signal.SIGCONT)
        wait_until(lambda: engines(control)["devices"] is not None)
        assert engines(control)["devices"][0] == "cpu"
        assert "devices_missing" not in engines(control)
        assert children(worker) == []


def test_a_hello_ends_the_asking_which_begins_again_once_the_client_left(
    context: zmq.Context[zmq.Socket[bytes]],
) -> None:
    with starting_to_ask(context) as (worker, asker, control):
        welcome = welcome_of(control, stub_hello(client="first"))
        assert not Path(f"/proc/{asker}").exists()
        data = join_session(context, control, welcome)
        (compute,) = children(worker)
        assert engines(control)["devices"] is None
        assert children(worker) == [compute]
        data.close()
        wait_until(lambda: not control.describe().busy)
        assert children(worker) == []  # the next session of this client may begin at any moment
        control.leave("first")
        wait_until(lambda: engines(control)["devices"] is not None)


def test_torch_that_cannot_be_asked_is_a_reason_and_no_end_of_the_worker(
    context: zmq.Context[zmq.Socket[bytes]],
) -> None:
    with starting_to_ask(context) as (worker, asker, control):
        os.kill(asker, signal.SIGKILL)
        wait_until(lambda: "signal 9" in engines(control)["devices_missing"])
        assert engines(control)["devices"] is None
        assert children(worker) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_worker_that_ends_while_torch_is_asked_leaves_no_process(
    context: zmq.Context[zmq.Socket[bytes]], number: signal.Signals
) -> None:
    with starting_to_ask(context) as (worker, asker, _):
        if number == signal.SIGKILL:
            os.kill(asker, signal.SIGCONT)  # else it could not notice
        os.kill(worker, number)
        wait_until(lambda: not is_running(asker))


def is_running(pid: int) -> bool:
    """Whether a process runs; one that ended may wait for the first process to notice."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_worker_that_describes_no_engines_asks_nothing(
    context: zmq.Context[zmq.Socket[bytes]],
) -> None:
    program, address = start_embedded(WorkerJob(ANY_LOOPBACK_PORT, STUB, None, 64))
    control = ControlClient(context, address)
    try:
        assert engines(control) == {}
        assert children(program.pid) == []
    finally:
        control.close()
        program.stop()
