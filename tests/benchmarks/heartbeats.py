"""Part of ``make benchmark``: round trips with heartbeats, a hundred times as many, and none.

The requests of three connections, each to a worker of its own, take turns: what else the machine
does falls on all alike. ZeroMQ's own thread sends and answers heartbeats, on the service core.
"""

import contextlib
from statistics import mean, median

import numpy as np

from bench.engine.inputs import tensor_pool
from bench.measure.executor import Call
from bench.transport.sockets import HEARTBEATS, SILENCE_S
from tests.benchmarks.roundtrip import IMAGE_SIZE, WARMUP, connected, request, timed_ms
from tests.measure.factory import make_sample

OFTEN_S = SILENCE_S / 100
NEVER_S = 3600.0
BATCH_SIZES = (1, 8)
REPEATS = 3000


def main() -> None:
    """Print what round trips take [ms], by batch size and by how often there is a heartbeat."""
    pool = tensor_pool(1, IMAGE_SIZE)
    silences = (NEVER_S, SILENCE_S, OFTEN_S)
    print("batch  heartbeat every s  median ms  mean ms  median to none  mean to none")
    with contextlib.ExitStack() as stack:
        executors = [stack.enter_context(connected(silence_s)).executor for silence_s in silences]
        for batch_size in BATCH_SIZES:
            answer = np.zeros((batch_size, 1000), dtype=np.float32)
            times: list[list[float]] = [[] for _ in silences]
            for index in range(WARMUP + REPEATS // batch_size):
                call = Call(make_sample(index), pool.batch(index, batch_size), answer)
                for place in range(len(silences)):
                    turn = (place + index) % len(silences)
                    times[turn].append(timed_ms(request, executors[turn], call))
            kept = [each[WARMUP:] for each in times]
            none_median, none_mean = median(kept[0]), mean(kept[0])
            for silence_s, each in zip(silences, kept, strict=True):
                print(
                    f"{batch_size:5d}  {silence_s / HEARTBEATS:17g}  {median(each):9.3f}  "
                    f"{mean(each):7.3f}  {median(each) / none_median:14.3f}  "
                    f"{mean(each) / none_mean:12.3f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
