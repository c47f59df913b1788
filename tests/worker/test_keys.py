"""A worker with keys: who may do what on connections that are open already."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import zmq

from bench.config import make_budget, make_experiment
from bench.errors import WorkerError
from bench.measure.request import MeasureRequest
from bench.measure.restart import leave_worker
from bench.records import ANY_LOOPBACK_PORT
from bench.transport import control as control_module
from bench.transport.control import ControlClient
from bench.transport.data import DataClient
from bench.transport.parts import PART_BYTES
from bench.transport.security import (
    PUBLIC_FILE,
    ClientKeys,
    load_client_keys,
    start_authenticator,
    write_keys,
)
from bench.transport.sockets import bind, open_socket
from bench.wire.messages import Welcome
from bench.worker.jobs import WorkerJob
from bench.worker.launch import start_embedded
from tests.benchmarks.encryption import make_keys
from tests.benchmarks.roundtrip import HELLO, IMAGE_SIZE, STUB
from tests.sessions import join_session, welcome_of
from tests.transport.conftest import KeepingContext
from tests.waiting import wait_until


class Side:
    """A worker with keys, its list, two clients that it allows, and their connections."""

    def __init__(self, folder: Path) -> None:
        keys = make_keys(folder)
        self.allow = keys.allow
        self.first = keys.client
        self.server = keys.server
        write_keys(folder / "second")
        self.second = load_client_keys(folder / "second", folder / "worker" / PUBLIC_FILE)
        self.allow.write_text(f"{self.first.public}\n{self.second.public}\n")
        job = WorkerJob(ANY_LOOPBACK_PORT, STUB, None, IMAGE_SIZE)
        self.program, self.address = start_embedded(
            msgspec.structs.replace(job, keys=keys.server, allow_path=str(self.allow))
        )
        self.context = KeepingContext()

    def control(self, keys: ClientKeys) -> ControlClient:
        return ControlClient(self.context, self.address, keys)

    def welcome(self, control: ControlClient) -> Welcome:
        return welcome_of(control, HELLO)


@pytest.fixture
def side(tmp_path: Path) -> Iterator[Side]:
    """Start the worker."""
    started = Side(tmp_path)
    yield started
    started.context.destroy(linger=0)
    started.context.kept.clear()
    started.program.stop()
    shutil.rmtree(tmp_path)


def test_a_client_that_is_connected_and_no_longer_allowed_is_refused(side: Side) -> None:
    control = side.control(side.first)
    control.describe()
    side.allow.write_text(side.second.public)
    with pytest.raises(WorkerError, match="no longer allows the key") as caught:
        control.describe()
    assert side.first.public in str(caught.value)
    side.control(side.second).describe()


def test_the_session_of_a_key_that_is_revoked_ends(side: Side) -> None:
    control = side.control(side.first)
    link = join_session(side.context, control, side.welcome(control), keys=side.first)
    time.sleep(1)  # until the worker has nothing to do that would let it look at the list
    side.allow.write_text(side.second.public)
    wait_until(link.lost)  # although neither side says anything more
    link.close()


def test_a_session_that_nobody_asked_about_keeps_running_while_its_key_is_allowed(
    side: Side,
) -> None:
    control, other = side.control(side.first), side.control(side.second)
    side.welcome(control)
    side.allow.write_text(f"# changed\n{side.first.public}\n{side.second.public}\n")
    assert other.describe().busy


def test_a_run_with_keys_frees_its_worker_at_its_end(side: Side, tmp_path: Path) -> None:
    budget = make_budget("smoke")
    request = MeasureRequest(
        experiment=make_experiment(budget=budget, core_count=1, model="stub:0"),
        budget=budget,
        data=tmp_path,
        worker=side.address,
        client=HELLO.client,
        keys=side.first,
    )
    side.welcome(side.control(side.first))
    leave_worker(request)
    wait_until(lambda: not side.control(side.second).describe().busy)


def test_a_client_that_was_refused_before_it_asks_is_told_why(side: Side) -> None:
    public, secret = (key.decode() for key in zmq.curve_keypair())
    stranger = ClientKeys(public, secret, side.server.public)
    control = side.control(stranger)
    time.sleep(1)  # until it is refused: then its socket has no peer, and would block
    with pytest.raises(WorkerError, match="does not allow the key"):
        control.describe()
    control.leave("stranger")


def test_an_encrypted_tensor_is_sent_in_parts(side: Side) -> None:
    router = open_socket(
        side.context, zmq.ROUTER, payload_bytes_max=4 * PART_BYTES, keys=side.server
    )
    authenticator = start_authenticator(side.context, lambda _: True)
    address = bind(router, ANY_LOOPBACK_PORT)
    client = DataClient(side.context, address, payload_bytes_max=1, keys=side.first)
    tensor = bytes(3 * PART_BYTES + 5)
    client.send(b"header", memoryview(tensor))
    assert router.poll(20_000)
    _, header, *parts = router.recv_multipart()
    assert (header, b"".join(parts)) == (b"header", tensor)
    assert [len(part) for part in parts] == [*[PART_BYTES] * 3, 5]
    client.close()
    authenticator.stop()


def test_another_allowed_client_does_not_reach_the_data_of_a_session(side: Side) -> None:
    control = side.control(side.first)
    welcome = side.welcome(control)
    with pytest.raises(WorkerError, match="does not allow the key"):
        join_session(side.context, control, welcome, keys=side.second)


def test_another_allowed_client_does_not_end_the_session_by_the_name_of_its_client(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_module, "BUSY_TIMEOUT_S", 0.2)
    welcome = side.welcome(side.control(side.first))
    other = side.control(side.second)
    other.leave(HELLO.client)
    assert other.describe().busy
    with pytest.raises(WorkerError, match="busy"):
        side.welcome(other)
    assert welcome.session
