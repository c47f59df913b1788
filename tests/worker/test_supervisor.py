"""A real worker: what it refuses, with both values, and that it lives on."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from bench.engine.inputs import tensor_pool
from bench.errors import WorkerError
from bench.host.cores import counted_cpus, plan_cores
from bench.measure.executor import run_calls
from bench.processes import ChildProgram
from bench.records import ANY_LOOPBACK_PORT, Address, EngineSpec
from bench.transport import control as control_module
from bench.transport.control import ControlClient
from bench.transport.data import DataClient
from bench.wire import MAGIC, PROTOCOL_VERSION, encode
from bench.wire.messages import Hello, Welcome
from bench.worker.jobs import Serving, WorkerJob
from bench.worker.launch import start_embedded
from bench.worker.ports import data_address
from tests.cli.command import ANY_PORT
from tests.measure.factory import make_call, make_remote
from tests.sessions import join_session, stub_hello, welcome_of
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
Worker = tuple[ChildProgram[Serving], Address]
PREFIX = MAGIC + bytes([PROTOCOL_VERSION])
STUB = EngineSpec(model="stub:0")


class _Client:
    """Opens connections and closes them all at the end of a test."""

    def __init__(self) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._kept: list[object] = []

    def control(self, address: Address) -> ControlClient:
        control = ControlClient(self.context, address)
        self._kept.append(control)
        return control

    def link(self, control: ControlClient, welcome: Welcome) -> DataClient:
        return join_session(self.context, control, welcome)

    def join(self, control: ControlClient, hello: Hello) -> DataClient:
        return self.link(control, welcome_of(control, hello))

    def raw(self, address: Address) -> zmq.Socket[bytes]:
        socket = self.context.socket(zmq.DEALER)
        socket.connect(str(address))
        self._kept.append(socket)
        return socket


@pytest.fixture
def client() -> Iterator[_Client]:
    client = _Client()
    yield client
    client.context.destroy(linger=0)


@pytest.fixture
def worker() -> Iterator[Worker]:
    job = WorkerJob(ANY_LOOPBACK_PORT, STUB, None, 64)
    program, address = start_embedded(job)
    yield program, address
    program.stop()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("engine", EngineSpec(model="resnet50"), "model is resnet50 here and stub:0 there"),
        (
            "engine",
            EngineSpec(model="stub:0", weights="sha256:1"),
            "weights is sha256:1 here and seeded there",
        ),
        (
            "engine",
            EngineSpec(model="stub:0", memory_format="channels_last"),
            "memory format is channels_last here and contiguous there",
        ),
        ("image_size", 65, "image size is 65 here and at most 64 there"),
        ("threads", 4096, "threads is 4096 here and at most"),
        ("batch_sizes", (65,), "batch size is 65 here and at most 64 there"),
        ("in_flight_count", 9, "requests in flight is 9 here and at most 2 there"),
        ("codec", "gif", "codec is gif here and float32 or float16 or uint8 or jpeg there"),
        ("preprocess", "worker", "preprocess is worker here and client there"),
        ("allocator", "odd", "allocator is odd here and tuned or system there"),
    ],
)
def test_what_does_not_agree_is_refused_with_both_values(
    worker: Worker,
    client: _Client,
    field: str,
    value: object,
    words: str,
) -> None:
    control = client.control(worker[1])
    with pytest.raises(WorkerError, match=words):
        welcome_of(control, stub_hello(**{field: value}))
    assert not control.describe().busy
    assert welcome_of(control, stub_hello()).engine["engine"] == "stub"


def test_a_busy_worker_says_so_and_is_free_once_its_client_left(
    worker: Worker,
    client: _Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = (client.control(worker[1]) for _ in range(2))
    data = client.join(first, stub_hello())
    monkeypatch.setattr(control_module, "BUSY_TIMEOUT_S", 0.2)
    with pytest.raises(WorkerError, match="busy with another client"):
        welcome_of(second, stub_hello())
    assert second.describe().busy
    data.close()
    monkeypatch.setattr(control_module, "BUSY_TIMEOUT_S", 30)
    assert welcome_of(second, stub_hello()).data


def test_a_worker_is_kept_for_its_client_until_that_one_says_that_it_is_done(
    worker: Worker, client: _Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (client.control(worker[1]) for _ in range(2))
    client.join(first, stub_hello(client="first")).close()
    wait_until(lambda: not second.describe().busy)
    monkeypatch.setattr(control_module, "BUSY_TIMEOUT_S", 0.2)
    for stranger in ("second", "third"):
        second.leave(stranger)
        with pytest.raises(WorkerError, match="busy with another client"):
            welcome_of(second, stub_hello(client="second"))
    first.leave("first")
    first.describe()  # whoever answers this has heard the other
    assert welcome_of(second, stub_hello(client="second")).data
    second.leave("second")
    assert not second.describe().busy  # its compute process has ended


def test_a_client_that_says_hello_and_leaves_frees_the_worker(
    worker: Worker, client: _Client
) -> None:
    first, second = (client.control(worker[1]) for _ in range(2))
    first.send_hello(stub_hello(client="first"))
    wait_until(lambda: second.describe().busy)
    first.close()
    wait_until(lambda: not second.describe().busy)


def test_a_client_that_joined_may_lose_its_control_connection(
    worker: Worker, client: _Client
) -> None:
    first, second = (client.control(worker[1]) for _ in range(2))
    data = client.join(first, stub_hello(client="first"))
    second.describe()  # by now the supervisor knows that the client has joined
    first.close()
    for _ in range(3):
        assert second.describe().busy
    data.close()
    wait_until(lambda: not second.describe().busy)


def test_a_client_that_asks_again_gets_a_new_session_in_place_of_the_old_one(
    worker: Worker, client: _Client
) -> None:
    first, second = (client.control(worker[1]) for _ in range(2))
    old = welcome_of(first, stub_hello(client="first"))
    new = welcome_of(second, stub_hello(client="first"))
    assert new.session != old.session
    client.link(second, new).close()


@pytest.mark.parametrize("frames", [[PREFIX], [b""], [PREFIX + b"\xc1"], [b"x"] * 5])
def test_a_foreign_message_gets_an_error_and_the_worker_lives_on(
    worker: Worker, client: _Client, frames: list[bytes]
) -> None:
    socket = client.raw(worker[1])
    socket.send_multipart(frames)
    assert socket.poll(10_000)
    assert b"failure" in socket.recv_multipart()[0]
    assert client.control(worker[1]).describe().engine == STUB


def test_a_reply_is_no_question(worker: Worker, client: _Client) -> None:
    socket = client.raw(worker[1])
    socket.send(encode(Welcome(session="s", data=Address(host="", port=1), engine={})))
    assert socket.poll(10_000)
    assert b"unexpected message" in socket.recv_multipart()[0]


def test_a_worker_that_is_told_to_stop_ends_its_compute_process(
    worker: Worker, client: _Client
) -> None:
    control = client.control(worker[1])
    welcome_of(control, stub_hello())
    children = Path(f"/proc/{worker[0].pid}/task/{worker[0].pid}/children")
    if not children.exists():
        pytest.skip("this kernel does not list children")
    (compute,) = map(int, children.read_text().split())
    os.kill(worker[0].pid, signal.SIGTERM)
    wait_until(lambda: not worker[0].alive and not Path(f"/proc/{compute}").exists(), timeout_s=30)


def test_a_worker_counts_its_cpus_and_its_processes_from_when_it_is_ready(
    worker: Worker, client: _Client
) -> None:
    control = client.control(worker[1])
    assert control.describe().moment["cpus"] is None
    welcome_of(control, stub_hello())
    moment = control.describe().moment
    assert moment["cpus"] == list(counted_cpus(plan_cores(1)))
    assert moment["own_pids"][0] == worker[0].pid
    assert len(moment["own_pids"]) == 2
    assert moment["own_cpu_ticks"] > 0
    os.kill(moment["own_pids"][1], signal.SIGKILL)
    wait_until(lambda: not control.describe().busy, timeout_s=30)
    assert "own_pids" not in control.describe().moment


def _resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_memory_does_not_grow_with_the_number_of_requests(worker: Worker, client: _Client) -> None:
    children = Path(f"/proc/{worker[0].pid}/task/{worker[0].pid}/children")
    if not children.exists():
        pytest.skip("this kernel does not list children")
    control = client.control(worker[1])
    welcome = welcome_of(control, stub_hello(image_size=64))
    (compute,) = map(int, children.read_text().split())
    data = client.link(control, welcome)
    executor = make_remote(data, control.describe, session=welcome.session)
    batch = tensor_pool(1, 64).batch(0, 4)
    calls = [make_call(0, batch)] * 1500
    resident = []
    for _ in range(2):
        run_calls(executor, calls, 2)
        resident.append((_resident_bytes(compute), _resident_bytes(os.getpid())))
    data.close()
    one_batch = batch.nbytes
    assert all(late - early < 20 * one_batch for early, late in zip(*resident, strict=True))


def test_a_worker_may_open_as_many_descriptors_as_the_system_allows() -> None:
    worker = [sys.executable, "-m", "bench", "worker", "--model", "stub:0", "--bind", ANY_PORT]
    limited = ["sh", "-c", 'ulimit -Sn 200; exec "$@"', "sh", *worker]

    def is_raised(pid: int) -> bool:
        limits = Path(f"/proc/{pid}/limits").read_text()
        soft, hard = re.findall(r"Max open files +(\w+) +(\w+)", limits)[0]
        return bool(soft == hard)

    with subprocess.Popen(limited, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: is_raised(process.pid))
        finally:
            process.terminate()


@pytest.mark.parametrize("module", ["bench.worker.supervisor", "bench.worker.launch"])
def test_a_worker_starts_without_arrays_and_models(module: str) -> None:
    code = f"import sys, {module}; print({{'numpy', 'torch'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert done.stdout.strip() == "set()"


def test_data_goes_to_the_next_port_or_any() -> None:
    asked, real = (Address(host="1.2.3.4", port=port) for port in (0, 40_000))
    assert data_address(real, real) == Address(host="1.2.3.4", port=40_001)
    assert data_address(asked, real) == asked
