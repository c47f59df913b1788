"""A compute process that lies about its answers or its threads; everything else of it is real."""

import os
import time

from bench.engine.spec import CLASS_COUNT
from bench.engine.stub import StubEngine
from bench.worker.compute import main

LIE = "SCALEBENCH_TEST_LIE"
_THREADS = 3


def _infer_wrongly(_engine: StubEngine, batch: object) -> memoryview:
    assert hasattr(batch, "__len__")
    return memoryview(bytes(len(batch) * CLASS_COUNT * 4))


def _busy_time_ns() -> int:
    """Return the CPU time of a process that computes with three threads.

    Real ones would get as much only where nobody else uses the machine.
    """
    return _THREADS * time.perf_counter_ns()


if __name__ == "__main__":
    if os.environ[LIE] == "answers":
        StubEngine.infer = _infer_wrongly  # type: ignore[method-assign, assignment]
    else:
        time.process_time_ns = _busy_time_ns
    main()
