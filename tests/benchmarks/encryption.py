"""Part of ``make benchmark``: round trips that are encrypted against those that are not.

The requests of both connections, each to a worker of its own, take turns, so that whatever else the
machine does falls on both alike.
"""

import contextlib
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from bench.engine.inputs import tensor_pool
from bench.measure.executor import Call
from bench.transport.security import PUBLIC_FILE, load_client_keys, load_server_keys, write_keys
from bench.transport.sockets import SILENCE_S
from tests.benchmarks.roundtrip import IMAGE_SIZE, WARMUP, Keys, connected, request, timed_ms
from tests.measure.factory import make_sample

BATCH_SIZES = (1, 4, 8, 16, 64)
REPEATS = 640


def main() -> None:
    """Print what a round trip takes [ms], without and with keys, by batch size."""
    pool = tensor_pool(1, IMAGE_SIZE)
    print("batch  plain ms  CURVE ms  ratio")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        keys = make_keys(Path(folder))
        executors = [
            stack.enter_context(connected(SILENCE_S, each)).executor for each in (None, keys)
        ]
        for batch_size in BATCH_SIZES:
            answer = np.zeros((batch_size, 1000), dtype=np.float32)
            times: list[list[float]] = [[], []]
            for index in range(WARMUP + max(20, REPEATS // batch_size)):
                call = Call(make_sample(index), pool.batch(index, batch_size), answer)
                for place in range(2):
                    turn = (place + index) % 2
                    times[turn].append(timed_ms(request, executors[turn], call))
            plain_ms, curve_ms = (median(each[WARMUP:]) for each in times)
            print(
                f"{batch_size:5d}  {plain_ms:8.2f}  {curve_ms:8.2f}  {curve_ms / plain_ms:5.2f}",
                flush=True,
            )


def make_keys(folder: Path) -> Keys:
    """Make keys for a worker and for a client that it allows."""
    for name in ("worker", "client"):
        write_keys(folder / name)
    public = folder / "worker" / PUBLIC_FILE
    return Keys(
        load_server_keys(folder / "worker"),
        load_client_keys(folder / "client", public),
        folder / "client" / PUBLIC_FILE,
    )


if __name__ == "__main__":
    main()
