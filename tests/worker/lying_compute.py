"""A compute process that lies about its answers or its threads; everything else of it is real."""

import os
import time
from typing import Any

from bench.engine.open import open_engine
from bench.engine.spec import Engine, HostEngine, logits_bytes
from bench.worker.compute import Parts, main

LIE = "SCALEBENCH_TEST_LIE"
_THREADS = 3


class _WrongEngine(HostEngine):
    """An engine whose answers are zeros."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.output_dtype = engine.output_dtype
        self.class_count = engine.class_count
        self.facts = engine.facts
        self.prepare = engine.prepare

    def infer(self, batch: object) -> memoryview:
        """Return zeros."""
        assert hasattr(batch, "__len__")
        return memoryview(bytes(logits_bytes(self._engine, len(batch))))


def _open_wrong_engine(*arguments: Any, **options: Any) -> Engine:
    return _WrongEngine(open_engine(*arguments, **options))


def _busy_time_ns() -> int:
    """Return the CPU time of a process that computes with three threads.

    Real ones would get as much only where nobody else uses the machine.
    """
    return _THREADS * time.perf_counter_ns()


if __name__ == "__main__":
    if os.environ[LIE] == "answers":
        main(Parts(open_engine=_open_wrong_engine))
    else:
        time.process_time_ns = _busy_time_ns
        main()
