"""A worker whose compute processes lie; it prints its address and serves until it is ended.

usage: python -m tests.worker.lying_worker MODEL      (what about: in SCALEBENCH_TEST_LIE)
"""

import sys
from collections.abc import Mapping, Sequence

import msgspec

from bench.processes import Program
from bench.records import ANY_LOOPBACK_PORT, EngineSpec
from bench.worker import supervisor
from bench.worker.jobs import ComputeReady, WorkerJob


def _start_liar(
    _module: str,
    job: msgspec.Struct,
    events: type[ComputeReady],
    environment: Mapping[str, str],
    descriptors: Sequence[int],
) -> Program[ComputeReady]:
    return Program("tests.worker.lying_compute", job, events, environment, descriptors)


if __name__ == "__main__":
    supervisor.Program = _start_liar  # type: ignore[attr-defined, assignment]
    worker = supervisor.Supervisor(
        WorkerJob(ANY_LOOPBACK_PORT, EngineSpec(model=sys.argv[1]), None, 512)
    )
    print(worker.address, flush=True)
    worker.serve()
