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

from bench.codec.spec import Tensor
from bench.config import parse_address
from bench.engine.spec import CHANNELS
from bench.host.cores import pin_thread, plan_cores
from bench.measure.executor import run_calls
from bench.measure.remote import RemoteExecutor
from bench.records import Address, EngineSpec, Outcome
from bench.transport.control import ControlClient
from tests.measure.factory import make_call, make_remote
from tests.sessions import join_session, stub_hello, welcome_of

ALLOCATOR = "tuned"
BATCH_SIZES = (1, 8)
DELAY_MS = 1
FLOOR_QUANTILE = 0.05
IN_FLIGHT = (1, 2)
SEGMENT_COUNT = 32
Make = Callable[[RemoteExecutor, Tensor, float], "Answer"]


class Answer(msgspec.Struct, frozen=True):
    """How many requests were made, and the floor of the overhead of one image, alone in flight."""

    requests_count: int
    floor_ns: float


@contextlib.contextmanager
def open_session(address: Address, image_size: int) -> Iterator[RemoteExecutor]:
    """Say hello to a worker, give what makes requests of it, and leave; all is closed then."""
    hello = stub_hello(
        engine=EngineSpec(model=f"stub:{DELAY_MS}"),
        image_size=image_size,
        batch_sizes=BATCH_SIZES,
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


def make_requests(remote: RemoteExecutor, images: Tensor, seconds: float) -> Answer:
    """Make segments of each batch size and each number in flight, in turns, for a time.

    Parameters
    ----------
    remote : RemoteExecutor
        Of an open session.
    images : ndarray, float32 [B, 3, S, S]
        A batch of the largest size.
    seconds : float
        How long; all turns are made at least once.
    """
    overheads_ns = array("q")
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
    return Answer(requests_count, float(np.quantile(overheads_ns, FLOOR_QUANTILE)))


def main(arguments: list[str], make: Make = make_requests) -> None:
    """Answer each line of standard input until that ends."""
    address, image_size = parse_address(arguments[0], "ENDPOINT"), int(arguments[1])
    shape = (max(BATCH_SIZES), CHANNELS, image_size, image_size)
    images = np.random.default_rng(1).standard_normal(shape, dtype=np.float32)
    pin_thread(plan_cores(1).service)
    session = functools.partial(open_session, address, image_size)
    with session() if arguments[2] == "one" else contextlib.nullcontext() as kept:
        for line in sys.stdin:
            with contextlib.nullcontext(kept) if kept else session() as remote:
                answer = make(remote, images, float(line))
            sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
