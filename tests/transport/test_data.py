"""The data conversation over real sockets: a server, a client, and strangers."""

import socket
import threading
import time
from collections.abc import Sequence

import numpy as np
import pytest
import zmq
from numpy.typing import NDArray

from bench.errors import WorkerError, WorkerLost
from bench.records import ANY_LOOPBACK_PORT, Address
from bench.transport.data import DataClient, decode_answer, open_data_link
from bench.transport.server import Job, Server
from bench.transport.sockets import HIGH_WATER_MARK, bind, connect, open_socket
from bench.wire import MAGIC, PROTOCOL_VERSION, WireError, encode
from bench.wire.messages import Describe, Failure, Join, Reply, Request
from tests.strangers import strangers_who_left
from tests.transport.conftest import PAYLOAD_BYTES_MAX, SESSION, WAIT_S, Context, join

Batch = NDArray[np.float32]
SOON_S = 300e-6
"""Enough to empty a queue, and less than ZeroMQ waits before it looks whether that happened."""
PREFIX = MAGIC + bytes([PROTOCOL_VERSION])


@pytest.fixture
def stranger(context: Context, server: Server) -> DataClient:
    """Connect a peer to the server that does not join its session."""
    connected = DataClient(context, server.address, payload_bytes_max=PAYLOAD_BYTES_MAX)
    connected.wait_until_open()
    return connected


def send(
    client: DataClient,
    batch: Batch,
    *,
    sequence: int = 0,
    session: str = SESSION,
    in_flight_count: int = 1,
) -> None:
    request = Request(
        session=session,
        segment=1,
        sequence=sequence,
        dtype="float32",
        shape=batch.shape,
        in_flight_count=in_flight_count,
    )
    client.send(encode(request), batch.data.cast("B"))


def echo(server: Server, job: Job) -> None:
    reply = Reply(
        session=job.request.session,
        segment=job.request.segment,
        sequence=job.request.sequence,
        dtype=job.request.dtype,
        shape=job.request.shape,
        w1_ns=job.w1_ns,
        w2_ns=job.w1_ns,
        w3_ns=job.w1_ns,
        w4_ns=job.w1_ns,
        w5_ns=0,
        minor_faults_count=0,
        cpu_ns=0,
    )
    server.answer(job, reply, job.payload)


def take(server: Server) -> Job:
    job = server.take()
    assert job is not None, "the client is said to be gone"
    return job


def receive(client: DataClient) -> tuple[Reply | Failure, Batch | None]:
    frames = client.receive(WAIT_S)
    assert frames is not None, "no answer"
    answer, payload = decode_answer(frames)
    return answer, None if payload is None else np.frombuffer(payload, np.float32)


def receive_failure(client: DataClient) -> Failure:
    answer, _ = receive(client)
    assert isinstance(answer, Failure)
    return answer


def assert_serves(server: Server, client: DataClient, batch: Batch, sequence: int) -> None:
    send(client, batch, sequence=sequence)
    echo(server, take(server))
    answer, payload = receive(client)
    assert isinstance(answer, Reply)
    assert answer.sequence == sequence
    assert payload is not None
    assert np.array_equal(payload.reshape(answer.shape), batch)


def test_a_batch_arrives_and_comes_back_bit_by_bit(
    server: Server, client: DataClient, batch: Batch
) -> None:
    send(client, batch, sequence=7)
    job = take(server)
    assert job.request.shape == batch.shape
    assert np.array_equal(np.frombuffer(job.payload, np.float32).reshape(batch.shape), batch)
    echo(server, job)
    answer, payload = receive(client)
    assert isinstance(answer, Reply)
    assert (answer.session, answer.segment, answer.sequence) == (SESSION, 1, 7)
    assert payload is not None
    assert payload.tobytes() == batch.tobytes()


def test_the_receiver_stamps_arrival_and_departure_in_order(
    server: Server, client: DataClient, batch: Batch
) -> None:
    send(client, batch)
    echo(server, take(server))
    answer, _ = receive(client)
    assert isinstance(answer, Reply)
    assert 0 < answer.w1_ns <= answer.w5_ns


def test_two_requests_may_be_in_flight_and_be_answered_in_any_order(
    server: Server, client: DataClient, batch: Batch
) -> None:
    send(client, batch, sequence=1)
    send(client, -batch, sequence=2)
    first, second = take(server), take(server)
    echo(server, second)
    echo(server, first)
    answers = [receive(client) for _ in range(2)]
    assert [answer.sequence for answer, _ in answers] == [2, 1]
    assert answers[0][1] is not None
    assert np.array_equal(answers[0][1], -batch.ravel())


def test_many_batches_pass_one_after_the_other(
    server: Server, client: DataClient, batch: Batch
) -> None:
    for sequence in range(100):
        assert_serves(server, client, batch * np.float32(sequence), sequence)


def test_a_queue_that_was_emptied_a_moment_ago_takes_a_request(context: Context) -> None:
    taker = open_socket(context, zmq.ROUTER, payload_bytes_max=PAYLOAD_BYTES_MAX)
    address = bind(taker, ANY_LOOPBACK_PORT)
    client = DataClient(context, address, payload_bytes_max=PAYLOAD_BYTES_MAX)
    client.wait_until_open()
    for _ in range(HIGH_WATER_MARK):
        client.send(b"header", memoryview(b"payload"))
    spin_until = time.perf_counter() + SOON_S
    while time.perf_counter() < spin_until:
        pass  # the client's thread of ZeroMQ empties the queue
    client.send(b"header", memoryview(b"payload"))
    client.close()


def test_a_failure_of_the_engine_reaches_the_client(
    server: Server, client: DataClient, batch: Batch
) -> None:
    send(client, batch, sequence=3)
    server.answer(take(server), Failure(sequence=3, message="out of memory"))
    assert receive_failure(client) == Failure(sequence=3, message="out of memory")


@pytest.mark.parametrize(
    "frames",
    [
        [b""],
        [b"GET / HTTP/1.1"],
        [encode(Describe())],
        [encode(Describe()), b""],
        [PREFIX + b"\xc1", b"\0" * 48],
        [PREFIX + b"\xff" * 70_000],
        [b"x"] * 50,
    ],
    ids=["empty", "http", "other message", "other and tensor", "garbage", "long", "many frames"],
)
def test_a_malformed_message_gets_a_failure_and_the_next_good_one_is_served(
    server: Server, client: DataClient, batch: Batch, frames: Sequence[bytes]
) -> None:
    client._socket.send_multipart(frames)
    failure = receive_failure(client)
    assert failure.sequence is None
    assert failure.message
    assert_serves(server, client, batch, 1)


def test_an_answer_from_the_client_is_no_request(
    server: Server, client: DataClient, batch: Batch
) -> None:
    client._socket.send(encode(Failure(sequence=1, message="")))
    assert receive_failure(client).message == "type is failure; it must be request"
    assert_serves(server, client, batch, 1)


def test_a_request_of_another_session_is_refused(
    server: Server, client: DataClient, batch: Batch
) -> None:
    send(client, batch, sequence=5, session="stolen")
    failure = receive_failure(client)
    assert failure.sequence == 5
    assert failure.message.startswith("session is 'stolen'")
    assert SESSION not in failure.message.removeprefix("session is")
    assert_serves(server, client, batch, 6)


def test_more_requests_in_flight_than_agreed_are_refused(
    server: Server, client: DataClient, batch: Batch
) -> None:
    for sequence in range(3):
        send(client, batch, sequence=sequence, in_flight_count=3)
    failure = receive_failure(client)
    assert failure.sequence == 2
    assert "requests in flight is 3" in failure.message
    for sequence in range(2):
        job = take(server)
        assert job.request.sequence == sequence
        echo(server, job)
        assert receive(client)[0].sequence == sequence
    assert_serves(server, client, batch, 3)


def test_in_a_burst_a_request_is_stamped_when_it_arrives_though_another_is_computed(
    server: Server, client: DataClient, batch: Batch
) -> None:
    assert_serves(server, client, batch, 0)
    for sequence in (1, 2):
        send(client, batch, sequence=sequence, in_flight_count=2)
    first = take(server)
    time.sleep(0.2)  # while it is computed, the second one arrives
    echo(server, first)
    second, taken_ns = take(server), time.perf_counter_ns()
    assert taken_ns - second.w1_ns > 100_000_000
    echo(server, second)
    assert [receive(client)[0].sequence for _ in range(2)] == [1, 2]
    assert_serves(server, client, batch, 3)
    send(client, batch, sequence=4, in_flight_count=2)
    echo(server, take(server))
    assert receive(client)[0].sequence == 4
    assert_serves(server, client, batch, 5)


def test_a_client_that_does_not_wait_for_its_burst_gets_every_answer(
    server: Server, client: DataClient, batch: Batch
) -> None:
    assert_serves(server, client, batch, 0)
    send(client, batch, sequence=1, in_flight_count=2)
    first = take(server)
    send(client, batch, sequence=2)  # alone, it says, though another one is not answered
    time.sleep(0.1)
    echo(server, first)
    echo(server, take(server))
    assert sorted(receive(client)[0].sequence or 0 for _ in range(2)) == [1, 2]
    assert_serves(server, client, batch, 3)


def test_waiting_for_a_client_ends_after_the_time_out(server: Server) -> None:
    assert not server.wait_for_client(0.01)


def test_waiting_for_an_answer_ends_after_the_time_out(client: DataClient) -> None:
    assert client.receive(0.01) is None


def test_a_client_that_leaves_ends_the_session(
    server: Server, client: DataClient, batch: Batch
) -> None:
    assert_serves(server, client, batch, 0)
    client.close()
    assert server.take() is None


def test_requests_that_wait_when_the_client_leaves_come_before_the_end(
    server: Server, client: DataClient, batch: Batch
) -> None:
    assert_serves(server, client, batch, 0)
    send(client, batch, sequence=1)
    send(client, batch, sequence=2)
    assert take(server).request.sequence == 1
    assert take(server).request.sequence == 2
    client.close()
    assert server.take() is None


def test_an_answer_to_a_client_that_left_goes_nowhere(
    server: Server, client: DataClient, batch: Batch
) -> None:
    send(client, batch)
    job = take(server)
    client.close()
    assert server.take() is None
    echo(server, job)


def test_a_client_with_the_descriptor_of_a_stranger_stays_when_the_stranger_s_end_is_heard(
    server_to_start: Server, context: Context, batch: Batch
) -> None:
    address = server_to_start.address
    with strangers_who_left(address):
        client = DataClient(context, address, payload_bytes_max=PAYLOAD_BYTES_MAX)
        client.wait_until_open()
        client._socket.send(encode(Join(session=SESSION)))
        assert server_to_start._router.poll(WAIT_S * 1000)  # behind all that strangers did
        server_to_start.start()
        assert client.receive(WAIT_S) is not None
        assert_serves(server_to_start, client, batch, 0)
        client.close()


def test_a_stranger_who_knocks_before_the_client_does_not_end_the_session(
    server: Server, context: Context, batch: Batch
) -> None:
    host, port = server.address.host, server.address.port
    for greeting in (b"", b"GET / HTTP/1.1\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=WAIT_S) as stranger:
            stranger.sendall(greeting)
    client = join(context, server)
    assert_serves(server, client, batch, 0)
    client.close()
    assert server.take() is None


def test_a_stranger_who_comes_and_goes_does_not_end_the_session(
    server: Server, client: DataClient, stranger: DataClient, batch: Batch
) -> None:
    assert_serves(server, client, batch, 0)
    stranger.close()
    assert_serves(server, client, batch, 1)


def test_the_client_that_leaves_ends_the_session_although_a_stranger_stays(
    server: Server, client: DataClient, stranger: DataClient, batch: Batch
) -> None:
    assert_serves(server, client, batch, 0)
    client.close()
    assert server.take() is None


def test_only_one_connection_joins_a_session(
    server: Server, client: DataClient, context: Context, batch: Batch
) -> None:
    with pytest.raises(WorkerError, match="number of clients is 2; it must be 1"):
        join(context, server)
    assert_serves(server, client, batch, 0)


def test_a_request_that_another_connection_repeats_is_refused(
    server: Server, client: DataClient, context: Context, batch: Batch
) -> None:
    thief = DataClient(context, server.address, payload_bytes_max=PAYLOAD_BYTES_MAX)
    send(thief, batch, sequence=4)
    assert "connection is another" in receive_failure(thief).message
    thief.close()
    assert_serves(server, client, batch, 0)


def test_a_client_of_another_session_does_not_join(server: Server, context: Context) -> None:
    with pytest.raises(WorkerError, match="session is 'stolen'"):
        open_data_link(
            context, server.address, session="stolen", payload_bytes_max=1, silence_s=WAIT_S
        )
    assert not server.wait_for_client(0)


def test_an_oversized_frame_closes_its_connection_and_the_server_lives_on(
    server: Server, client: DataClient, context: Context, batch: Batch
) -> None:
    assert_serves(server, client, batch, 0)
    stranger = open_socket(context, zmq.DEALER)
    monitor = stranger.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    connect(stranger, server.address)
    stranger.send_multipart([PREFIX, bytes(PAYLOAD_BYTES_MAX + 1)])
    assert monitor.poll(WAIT_S * 1000), "the connection was not closed"
    stranger.disable_monitor()
    stranger.close()
    assert_serves(server, client, batch, 1)


def test_parts_above_the_limit_in_all_are_refused_and_not_joined(
    server: Server, client: DataClient, batch: Batch
) -> None:
    parts = [bytes(PAYLOAD_BYTES_MAX // 2)] * 3
    client._socket.send_multipart([PREFIX, *parts])
    assert f"it must be at most {PAYLOAD_BYTES_MAX} bytes" in receive_failure(client).message
    assert_serves(server, client, batch, 1)


def test_a_connection_that_does_not_complete_its_handshake_is_closed(server: Server) -> None:
    address = (server.address.host, server.address.port)
    with socket.create_connection(address, timeout=WAIT_S) as silent:
        while silent.recv(1000):  # what the server greets with; then the end
            pass


def test_a_frame_of_just_the_limit_passes(server: Server, client: DataClient) -> None:
    assert_serves(server, client, np.ones((1, PAYLOAD_BYTES_MAX // 4), np.float32), 0)


def test_a_client_knows_that_its_server_is_gone(
    server: Server, client: DataClient, batch: Batch
) -> None:
    assert_serves(server, client, batch, 0)
    assert not client.lost()
    server.close()
    assert client._monitor.poll(WAIT_S * 1000)
    assert client.lost()


def send_a_hundred(client: DataClient, batch: Batch) -> None:
    for sequence in range(100):
        send(client, batch, sequence=sequence)


def test_requests_that_nobody_takes_end_in_an_error_and_never_block(
    context: Context, batch: Batch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        address = Address(host="127.0.0.1", port=taken.getsockname()[1])
        client = DataClient(context, address, payload_bytes_max=1)
        with pytest.raises(WorkerLost, match="does not take requests any more"):
            send_a_hundred(client, batch)
        client.close()


def test_what_is_no_answer_is_refused_by_the_client() -> None:
    with pytest.raises(WireError, match="type is describe; it must be reply or failure"):
        decode_answer([encode(Describe())])


def test_a_closed_server_leaves_no_thread_behind(server: Server) -> None:
    server.close()
    assert "receiver" not in [thread.name for thread in threading.enumerate()]
