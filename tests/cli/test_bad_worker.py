"""A worker that is not there, busy, another one, or dies: exit 5, and what was measured stays."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from bench.config import parse_address
from bench.records import EngineSpec
from bench.wire import encode
from bench.wire.messages import Describe
from tests.cli.command import (
    STUB,
    check_refused,
    children,
    contents,
    finish,
    scalebench,
    serving_stub,
    start,
    wait_for_next_block,
)

NOBODY = "tcp://127.0.0.1:9"


@pytest.fixture(scope="module")
def waiting(pristine: Path) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Start first what waits for its time-out, so that the tests between cost nothing."""
    data = ("--data", pristine / "data")
    with serving_stub() as (worker, endpoint):
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        holder = hold(context, endpoint)
        commands = {
            "busy": start(*STUB, *data, "--worker", endpoint),
            "nobody": start(*STUB, *data, "--worker", NOBODY),
        }
        yield commands
        for command in commands.values():
            if command.poll() is None:
                command.kill()
            command.communicate()
        context.destroy(linger=0)
        assert worker.poll() is None
        del holder


def hold(context: "zmq.Context[zmq.Socket[bytes]]", endpoint: str) -> object:
    """Keep a worker busy as its client."""
    from bench.transport.control import ControlClient
    from tests.sessions import join_session, stub_hello, welcome_of

    control = ControlClient(context, parse_address(endpoint, "--worker"))
    hello = stub_hello(engine=EngineSpec(model="stub:1"))
    return control, join_session(context, control, welcome_of(control, hello))


@pytest.mark.usefixtures("waiting")
def test_another_model_is_refused_with_both(untouched: Path) -> None:
    with serving_stub(2) as (_, endpoint):
        result = scalebench(*STUB, "--data", untouched / "data", "--worker", endpoint)
    check_refused(result, 5, endpoint, "model is stub:1 here and stub:2 there", "with the same")


@pytest.mark.usefixtures("waiting")
def test_other_weights_are_refused_with_both(untouched: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights.pt"
    weights.write_text("other")
    options = ("--data", untouched / "data", "--weights", weights)
    with serving_stub() as (_, endpoint):
        result = scalebench(*STUB, *options, "--worker", endpoint)
    check_refused(result, 5, endpoint, "weights is sha256:", "and seeded there", "with the same")


@pytest.mark.usefixtures("waiting")
def test_another_protocol_version_is_named(untouched: Path) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = context.socket(zmq.ROUTER)
    port = socket.bind_to_random_port("tcp://127.0.0.1")

    def answer() -> None:
        identity, question = socket.recv_multipart()[:2]
        magic, version = question[:3], question[3]
        socket.send_multipart([identity, magic + bytes([version + 1]) + question[4:]])

    peer = threading.Thread(target=answer)
    peer.start()
    endpoint = f"tcp://127.0.0.1:{port}"
    try:
        result = scalebench(*STUB, "--data", untouched / "data", "--worker", endpoint)
    finally:
        peer.join(timeout=20)
        context.destroy(linger=0)
    ours = encode(Describe())[3]
    check_refused(result, 5, endpoint, f"version is {ours + 1}", f"must be {ours}", "same version")


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("victim", ["supervisor", "compute process"])
def test_a_worker_that_is_killed_in_the_middle_costs_the_current_block_only(
    tmp_path: Path, victim: str
) -> None:
    sizes = ("--batch-sizes", "1", "--threads", "1", "--image-size", "32")
    options = ("measure", *sizes, "--model", "stub:20", "--data", tmp_path)
    names = ("--machine", "m", "--run", "r")
    with serving_stub(20) as (worker, endpoint):
        run = start(*options, *names, "--worker", endpoint)
        wait_for_next_block(worker, tmp_path / "m/r/block-001.parquet")
        before = {p: c for p, c in contents(tmp_path).items() if p.suffix == ".parquet"}
        os.kill(worker.pid if victim == "supervisor" else children(worker.pid)[-1], signal.SIGKILL)
        ended = finish(run)
    if victim == "supervisor":
        check_refused(ended, 5, endpoint, "'scalebench worker'")
    else:  # the worker starts another one for the block
        assert ended.returncode == 0, ended.stderr
        assert "It is measured again (1 of 2)" in ended.stderr
    after = contents(tmp_path)
    assert {path: after[path] for path in before} == before
    assert not list(tmp_path.rglob("*.tmp"))


def test_an_unreachable_worker_is_named_with_the_time_out(
    waiting: dict[str, subprocess.Popen[str]],
) -> None:
    words = (f"no answer from {NOBODY} within 10 s", "its port reachable")
    check_refused(finish(waiting["nobody"]), 5, *words)


def test_a_busy_worker_is_named_with_how_long_it_was_asked(
    waiting: dict[str, subprocess.Popen[str]],
) -> None:
    words = ("is busy with another client (asked for 20 s)", "start another worker")
    check_refused(finish(waiting["busy"]), 5, *words)
