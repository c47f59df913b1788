"""A session of the measuring child: opened against a real worker, and closed whatever happens."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zmq

from bench.engine import open as engines
from bench.errors import HostError
from bench.measure import session as sessions
from bench.measure.events import RestartJob
from bench.plan import make_block
from bench.records import ANY_LOOPBACK_PORT
from bench.transport.control import ControlClient
from bench.worker.jobs import WorkerJob
from bench.worker.launch import start_embedded
from tests.page.factory import make_info
from tests.transport.conftest import KeepingContext


@pytest.fixture
def job() -> Iterator[RestartJob]:
    """Return a restart at a worker that serves a stub."""
    experiment = make_info("stub:0", (1,), threads=(1,)).experiment
    program, address = start_embedded(
        WorkerJob(ANY_LOOPBACK_PORT, experiment.engines.remote, None, experiment.image_size)
    )
    restart = make_block(experiment, 1).restarts[0]
    yield RestartJob(experiment, 1, restart, address, weights_path=None)
    program.stop()


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[zmq.Socket[bytes]]]:
    """Return all sockets that a session opens."""
    monkeypatch.setattr(zmq, "Context", KeepingContext)
    for module in (sessions, engines):
        monkeypatch.setattr(module, "pin_thread", lambda _: None)
    yield KeepingContext.kept
    KeepingContext.kept.clear()


def test_a_session_knows_both_engines_and_closes_its_connections(
    job: RestartJob, sockets: list[zmq.Socket[bytes]]
) -> None:
    with sessions.open_session(job, sessions.Parts()) as session:
        assert session.client["engine"] == session.worker["engine"] == "stub"
        assert not any(socket.closed for socket in sockets)
    assert len(sockets) == 4  # one to watch each connection
    assert all(socket.closed for socket in sockets)


def test_the_window_opens_once_both_sides_are_ready(
    job: RestartJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []

    def noted(real: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            result = real(*arguments, **named)
            steps.append(name)
            return result

        return call

    def spy(owner: Any, name: str) -> None:
        monkeypatch.setattr(owner, name, noted(getattr(owner, name), name))

    for module in (sessions, engines):
        monkeypatch.setattr(module, "pin_thread", lambda _: None)
    spy(ControlClient, "receive_welcome")
    spy(ControlClient, "describe")
    spy(sessions, "Window")
    parts = sessions.Parts(open_engine=noted(engines.open_engine, "open_engine"))
    with sessions.open_session(job, parts) as session:
        assert steps == ["describe", "open_engine", "receive_welcome", "describe", "Window"]
        assert session.client_before["own_pids"] == [os.getpid(), os.getppid()]
        assert session.worker_before["cpus"] == session.client_before["cpus"]
        assert session.client_before["both_asked_ns"] > 0


def test_a_model_that_does_not_load_leaves_no_connection_behind(
    job: RestartJob, sockets: list[zmq.Socket[bytes]]
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise HostError("no weights")

    parts = sessions.Parts(open_engine=fail)
    with pytest.raises(HostError, match="no weights"), sessions.open_session(job, parts):
        pass
    assert len(sockets) == 2
    assert all(socket.closed for socket in sockets)
