"""``make benchmark``: a round trip through the worker against a raw TCP socket, one in flight.

Both peers are processes that touch every byte of the batch and answer [B, 1000]; the requests of
both take turns, so that whatever else the machine does falls on both alike.
"""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import zmq

from bench.config import BATCH_SIZES, CODEC
from bench.engine.inputs import tensor_pool
from bench.measure.executor import Call
from bench.measure.remote import RemoteExecutor
from bench.processes import ChildProgram
from bench.records import ANY_LOOPBACK_PORT, EngineSpec, Outcome
from bench.transport.control import ControlClient
from bench.transport.data import DataClient
from bench.transport.security import ClientKeys, ServerKeys
from bench.transport.sockets import SILENCE_S
from bench.wire.messages import Hello
from bench.worker.jobs import Serving, WorkerJob
from bench.worker.launch import start_embedded
from tests.measure.factory import make_remote, make_sample
from tests.sessions import join_session, welcome_of

IMAGE_SIZE = 224
REPEATS = 60
IMAGE_BYTES = 3 * IMAGE_SIZE**2 * 4
STUB = EngineSpec(model="stub:0")
WARMUP = 10
HELLO = Hello(STUB, CODEC, IMAGE_SIZE, BATCH_SIZES, 1, "tuned", 2, client="benchmark")
_RAW_SERVER = """
import socket, sys
import numpy as np
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
connection, _ = listener.accept()
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
room = memoryview(bytearray(int(sys.argv[1])))
while True:
    header = connection.recv(8, socket.MSG_WAITALL)
    if len(header) < 8:
        break
    count = int.from_bytes(header, "little")
    view = room[: count * 3 * 224 * 224 * 4]
    got = 0
    while got < len(view):
        got += connection.recv_into(view[got:])
    images = np.frombuffer(view, dtype=np.float32).reshape(count, -1)
    means = images.mean(axis=1, dtype=np.float32)
    connection.sendall(np.outer(means, np.ones(1000, dtype=np.float32)).data)
"""
Batch = npt.NDArray[np.float32]


class Keys(NamedTuple):
    """The keys of both sides, and the file that allows the client."""

    server: ServerKeys
    client: ClientKeys
    allow: Path


def main() -> None:
    """Print one line a batch size."""
    raw, connection = start_raw()
    with connected(SILENCE_S) as client:
        _compare(client.executor, connection)
    connection.close()
    raw.wait()


class Connected(NamedTuple):
    """A client, its two connections, and the worker that it has started."""

    executor: RemoteExecutor
    control: ControlClient
    link: DataClient
    program: ChildProgram[Serving]


@contextlib.contextmanager
def connected(silence_s: float, keys: Keys | None = None) -> Iterator[Connected]:
    """Give a client that is connected to a worker of its own, which computes nothing.

    Parameters
    ----------
    silence_s : float
        Heartbeats are sent four times as often as this is long [s].
    keys : Keys, optional
        With them the connection is encrypted.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    job = WorkerJob(ANY_LOOPBACK_PORT, STUB, None, IMAGE_SIZE)
    if keys is not None:
        job = msgspec.structs.replace(job, keys=keys.server, allow_path=str(keys.allow))
    program, address = start_embedded(job)
    client = keys and keys.client
    control = ControlClient(context, address, client)
    welcome = welcome_of(control, HELLO)
    data = join_session(context, control, welcome, silence_s=silence_s, keys=client)
    executor = make_remote(data, control.describe, session=welcome.session)
    yield Connected(executor, control, data, program)
    data.close()
    control.close()
    context.term()
    program.stop()


def _compare(executor: RemoteExecutor, connection: socket.socket) -> None:
    pool = tensor_pool(1, IMAGE_SIZE)
    print("batch  raw TCP ms  scalebench ms  ratio")
    for batch_size in BATCH_SIZES:
        answer = np.zeros((batch_size, 1000), dtype=np.float32)
        times: dict[str, list[float]] = {"raw": [], "ours": []}
        for index in range(WARMUP + REPEATS):
            batch = pool.batch(index, batch_size)
            call = Call(make_sample(index), batch, answer)
            times["raw"].append(timed_ms(raw_request, connection, batch))
            times["ours"].append(timed_ms(request, executor, call))
        raw_ms, our_ms = (median(times[side][WARMUP:]) for side in ("raw", "ours"))
        print(
            f"{batch_size:5d}  {raw_ms:10.2f}  {our_ms:13.2f}  {our_ms / raw_ms:5.2f}", flush=True
        )


def start_raw() -> tuple[subprocess.Popen[str], socket.socket]:
    """Start a server that speaks TCP without ZeroMQ; return it and a connection to it."""
    largest = max(BATCH_SIZES) * IMAGE_BYTES
    raw = subprocess.Popen(
        [sys.executable, "-c", _RAW_SERVER, str(largest)], stdout=subprocess.PIPE, text=True
    )
    assert raw.stdout is not None
    connection = socket.create_connection(("127.0.0.1", int(raw.stdout.readline())))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return raw, connection


def timed_ms(call: Callable[..., None], *arguments: object) -> float:
    """Return how long a call takes [ms]."""
    begun = time.perf_counter()
    call(*arguments)
    return (time.perf_counter() - begun) * 1000


def raw_request(connection: socket.socket, batch: Batch) -> None:
    """Send a batch, float32 [B, 3, 224, 224], and receive its logits."""
    connection.sendall(len(batch).to_bytes(8, "little"))
    connection.sendall(batch.data)
    room = memoryview(bytearray(len(batch) * 4000))
    got = 0
    while got < len(room):
        got += connection.recv_into(room[got:])


def request(executor: RemoteExecutor, call: Call) -> None:
    """Make a request, which must be answered."""
    executor.submit(call)
    assert executor.complete().outcome is Outcome.OK


if __name__ == "__main__":
    main()
