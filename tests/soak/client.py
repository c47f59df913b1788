"""A client process of ``make soak``: it makes requests while it is asked to.

usage: python -m tests.soak.client ENDPOINT IMAGE_SIZE one|many

A line of standard input is a time [s] to make requests for; a line of standard output answers it.
``one`` makes all of them in one session, ``many`` opens and leaves one for each line.
"""

import contextlib
import functools
import itertools
import sys
import time
from array import array
from collections.abc import Callable, Iterator

import msgspec
import numpy as np
import zmq

from bench.config import CODEC, parse_address
from bench.engine.spec import CHANNELS
from bench.host.cores import pin_thread, plan_cores
from bench.measure.executor import Batch, run_calls
from bench.measure.remote import RemoteExecutor
from bench.records import Address, EngineSpec, Outcome
from bench.transport.control import ControlClient
from bench.wire.messages import Hello
from tests.benchmarks.roundtrip import IMAGE_SIZE, raw_request, start_raw
from tests.measure.factory import make_call, make_remote
from tests.sessions import join_session, welcome_of

ALLOCATOR = "tuned"
BATCH_SIZES = (1, 8)
DELAY_MS = 1
FLOOR_QUANTILE = 0.01
"""On a busy machine it varies less from minute to minute than the minimum and the 5 % quantile."""
IN_FLIGHT = (1, 2)
SEGMENT_COUNT = 32
Timed = Callable[[], int]
"""Makes a request over plain TCP, and returns how long it took [ns]."""
Make = Callable[[RemoteExecutor, Batch, float, Timed], "Answer"]


class Answer(msgspec.Struct, frozen=True):
    """How many requests were made, and the floor of the overhead of one image, alone in flight.

    The reference is the floor of the same image over plain TCP, in turns with these requests.
    """

    requests_count: int
    floor_ns: float
    reference_ns: float


@contextlib.contextmanager
def open_session(address: Address, image_size: int) -> Iterator[RemoteExecutor]:
    """Say hello to a worker, give what makes requests of it, and leave; all is closed then."""
    hello = Hello(
        engine=EngineSpec(model=f"stub:{DELAY_MS}"),
        codec=CODEC,
        image_size=image_size,
        batch_sizes=BATCH_SIZES,
        threads=1,
        allocator=ALLOCATOR,
        in_flight_count=max(IN_FLIGHT),
        client="soak",
    )
    with contextlib.ExitStack() as stack:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        stack.callback(context.term)
        control = ControlClient(context, address)
        stack.callback(control.close)
        welcome = welcome_of(control, hello)
        link = join_session(context, control, welcome)
        stack.callback(link.close)
        stack.callback(control.leave, hello.client)
        yield make_remote(link, control.describe, session=welcome.session)


def make_requests(
    remote: RemoteExecutor, images: Batch, seconds: float, time_reference: Timed
) -> Answer:
    """Make segments of each batch size and each number in flight, in turns, for a time.

    Parameters
    ----------
    remote : RemoteExecutor
        Of an open session.
    images : ndarray, float32 [B, 3, S, S]
        A batch of the largest size.
    seconds : float
        How long; all turns are made at least once.
    time_reference : callable
        Makes a request over plain TCP, and returns how long it took [ns].
    """
    overheads_ns, references_ns = array("q"), array("q")
    requests_count = 0
    end_s = time.monotonic() + seconds
    while not overheads_ns or time.monotonic() < end_s:
        for batch_size, in_flight_count in itertools.product(BATCH_SIZES, IN_FLIGHT):
            calls = [make_call(number, images[:batch_size]) for number in range(SEGMENT_COUNT)]
            remote.begin_segment()
            samples = run_calls(remote, calls, in_flight_count)
            assert all(sample.outcome is Outcome.OK for sample in samples)
            requests_count += len(samples)
            if batch_size == in_flight_count == 1:
                overheads_ns.extend(sample.overhead_ns or 0 for sample in samples)
                references_ns.extend(time_reference() for _ in range(SEGMENT_COUNT))
    floor_ns, reference_ns = (
        float(np.quantile(values, FLOOR_QUANTILE)) for values in (overheads_ns, references_ns)
    )
    return Answer(requests_count, floor_ns, reference_ns)


@contextlib.contextmanager
def plain_tcp() -> Iterator[Timed]:
    """Start a server of plain TCP, and give what times a request of one image to it."""
    server, connection = start_raw()
    image = np.zeros((1, CHANNELS, IMAGE_SIZE, IMAGE_SIZE), dtype=np.float32)

    def time_request() -> int:
        begun_ns = time.perf_counter_ns()
        raw_request(connection, image)
        return time.perf_counter_ns() - begun_ns

    yield time_request
    connection.close()
    server.wait()


def main(arguments: list[str], make: Make = make_requests) -> None:
    """Answer each line of standard input until that ends."""
    address, image_size = parse_address(arguments[0], "ENDPOINT"), int(arguments[1])
    shape = (max(BATCH_SIZES), CHANNELS, image_size, image_size)
    images = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    pin_thread(plan_cores(1).service)
    session = functools.partial(open_session, address, image_size)
    with (
        plain_tcp() as time_reference,
        session() if arguments[2] == "one" else contextlib.nullcontext() as kept,
    ):
        for line in sys.stdin:
            with contextlib.nullcontext(kept) if kept else session() as remote:
                answer = make(remote, images, float(line), time_reference)
            sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
