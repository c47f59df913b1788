"""A compute process that lies about its answers or its threads; everything else of it is real."""

import hashlib
import os
import threading
from collections.abc import Callable

from bench.model.engine import CLASS_COUNT
from bench.model.stub import StubEngine
from bench.worker.compute import main

LIE = "SCALEBENCH_TEST_LIE"
_CROWD = 4
_honest = StubEngine.infer


def _infer_wrongly(_engine: StubEngine, batch: object) -> memoryview:
    assert hasattr(batch, "__len__")
    return memoryview(bytes(len(batch) * CLASS_COUNT * 4))


def _infer_in_a_crowd(engine: StubEngine, batch: object) -> memoryview:
    """Compute as told, while more threads than were agreed on work as well."""
    done = threading.Event()
    crowd = [threading.Thread(target=_work, args=(done.is_set,)) for _ in range(_CROWD)]
    for thread in crowd:
        thread.start()
    logits = _honest(engine, batch)
    done.set()
    for thread in crowd:
        thread.join()
    return logits


def _work(done: Callable[[], bool]) -> None:
    if hasattr(os, "sched_setaffinity"):  # beyond the cores that the session was given
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    block = bytes(1 << 20)
    while not done():
        hashlib.sha256(block)  # many microseconds without the interpreter's lock


if __name__ == "__main__":
    lie = {"answers": _infer_wrongly, "threads": _infer_in_a_crowd}[os.environ[LIE]]
    StubEngine.infer = lie  # type: ignore[method-assign, assignment]
    main()
