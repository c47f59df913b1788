"""The control conversation over real sockets, with a supervisor that follows a script."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest
import zmq

from bench.errors import WorkerError
from bench.records import ANY_LOOPBACK_PORT, Address, EngineSpec
from bench.transport import control as control_module
from bench.transport.control import ControlClient
from bench.transport.sockets import bind, open_socket
from bench.wire import MAGIC, PROTOCOL_VERSION, decode, encode
from bench.wire.messages import Describe, Description, Failure, Hello, Message, Refusal, Welcome
from tests.transport.conftest import WAIT_S, Context

HELLO = Hello(
    engine=EngineSpec(model="resnet50"),
    codec="float32",
    image_size=224,
    batch_sizes=(1, 64),
    threads=2,
    allocator="tuned",
    in_flight_count=2,
)
WELCOME = Welcome(session="s", data=Address(host="", port=5556), engine={"threads": 2})
BUSY = Refusal(field="busy", asked="a compute process", offered="one that serves another")
DESCRIPTION = Description(
    engine=EngineSpec(model="resnet50"),
    image_size_max=512,
    threads_max=4,
    busy=False,
    host={"system": "Linux", "smt": None},
    moment={},
)
Serve = Callable[[list[bytes]], ControlClient]


@pytest.fixture
def asked() -> list[Message]:
    """Collect what the supervisor was asked."""
    return []


@pytest.fixture
def serve(context: Context, asked: list[Message]) -> Iterator[Serve]:
    """Answer each question by the next frame of a script, in a thread."""
    threads: list[threading.Thread] = []

    def start(script: list[bytes]) -> ControlClient:
        router = open_socket(context, zmq.ROUTER)
        address = bind(router, ANY_LOOPBACK_PORT)

        def answer() -> None:
            for frame in script:
                if not router.poll(WAIT_S * 1000):
                    return
                identity, question = router.recv_multipart()
                asked.append(decode([question])[0])
                router.send_multipart([identity, frame])

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        return ControlClient(context, address)

    yield start
    for thread in threads:
        thread.join()


def test_a_worker_describes_itself(serve: Serve, asked: list[Message]) -> None:
    assert serve([encode(DESCRIPTION)]).describe(WAIT_S) == DESCRIPTION
    assert asked == [Describe()]


def test_a_hello_is_answered_by_a_welcome(serve: Serve, asked: list[Message]) -> None:
    client = serve([encode(WELCOME)])
    client.send_hello(HELLO)
    assert client.receive_welcome(HELLO) == WELCOME
    assert asked == [HELLO]


def test_a_busy_worker_is_asked_again(serve: Serve, asked: list[Message]) -> None:
    client = serve([encode(BUSY), encode(BUSY), encode(WELCOME)])
    client.send_hello(HELLO)
    assert client.receive_welcome(HELLO) == WELCOME
    assert asked == [HELLO] * 3


def test_a_worker_that_stays_busy_is_given_up(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_module, "BUSY_TIMEOUT_S", 0)
    client = serve([encode(BUSY)])
    client.send_hello(HELLO)
    with pytest.raises(WorkerError, match="is busy with another client") as caught:
        client.receive_welcome(HELLO)
    assert str(client.address) in str(caught.value)


def test_a_refusal_is_told_with_both_values(serve: Serve) -> None:
    client = serve([encode(Refusal(field="weights", asked="sha256:1", offered="seeded"))])
    client.send_hello(HELLO)
    with pytest.raises(WorkerError, match="weights is sha256:1 here and seeded there"):
        client.receive_welcome(HELLO)


@pytest.mark.parametrize(
    "frame",
    [
        b"HTTP/1.1 400 Bad Request",
        MAGIC + bytes([PROTOCOL_VERSION + 1]) + b"\x80",
        MAGIC + bytes([PROTOCOL_VERSION]) + b"\xc1",
        encode(WELCOME),
        encode(Failure(sequence=None, message="?")),
    ],
    ids=["http", "newer version", "garbage", "answer to another question", "failure"],
)
def test_an_answer_of_another_protocol_is_an_error_of_the_worker(
    serve: Serve, frame: bytes
) -> None:
    client = serve([frame])
    with pytest.raises(WorkerError, match="does not speak this protocol") as caught:
        client.describe(WAIT_S)
    assert str(client.address) in str(caught.value)


def test_an_unreachable_worker_is_named_with_its_time_out(context: Context) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen: nobody answers, and nobody else can
        address = Address(host="127.0.0.1", port=taken.getsockname()[1])
        client = ControlClient(context, address)
        with pytest.raises(WorkerError) as caught:
            client.describe(0.05)
        assert f"no answer from {address} within 0.05 s" in str(caught.value)
        client.close()


def test_a_worker_that_never_welcomes_is_named_with_its_time_out(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_module, "HELLO_TIMEOUT_S", 0.05)
    client = serve([])
    client.send_hello(HELLO)
    with pytest.raises(WorkerError, match=r"within 0\.05 s"):
        client.receive_welcome(HELLO)
