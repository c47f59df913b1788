"""A worker whose compute processes lie; it prints its address and serves until it is ended.

usage: python -m tests.worker.lying_worker MODEL      (what about: in SCALEBENCH_TEST_LIE)
"""

import sys

from bench.records import ANY_LOOPBACK_PORT, EngineSpec
from bench.worker.jobs import WorkerJob
from bench.worker.supervisor import Supervisor

if __name__ == "__main__":
    engine = EngineSpec(model=sys.argv[1])
    liar = "tests.worker.lying_compute"
    worker = Supervisor(WorkerJob(ANY_LOOPBACK_PORT, engine, None, 512, compute=liar))
    print(worker.address, flush=True)
    worker.serve()
