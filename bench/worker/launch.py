"""How a run gets its worker: it starts one on this machine, or uses one that already runs.

Another launcher would start the same program on another machine.
"""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from bench.errors import ScalebenchError, WorkerLost
from bench.processes import ChildProgram, ParentPipe, ProgramDied
from bench.records import Address
from bench.worker.jobs import Serving, WorkerJob


class Launcher(Protocol):
    """Provides a worker for as long as a run needs it."""

    def launch(self, job: WorkerJob) -> AbstractContextManager[Address]:
        """Give the address of a worker for ``job``."""


class LocalProcess:
    """Starts a worker on this machine, which ends with its context or with its starter."""

    @contextlib.contextmanager
    def launch(self, job: WorkerJob) -> Iterator[Address]:
        """Give the address of a new worker.

        Raises
        ------
        WorkerLost
            If it ends before it listens.
        """
        program, address = start_embedded(job)
        try:
            yield address
        finally:
            program.stop()


@dataclass(frozen=True)
class GivenAddress:
    """Uses a worker that a person started; it refuses a request that does not fit its job."""

    address: Address

    @contextlib.contextmanager
    def launch(self, job: WorkerJob) -> Iterator[Address]:  # noqa: ARG002
        """Give the address."""
        yield self.address


def start_embedded(job: WorkerJob) -> tuple[ChildProgram[Serving], Address]:
    """Start a worker on this machine; return it and its address once it listens.

    Raises
    ------
    WorkerLost
        If it ends before it listens, or does not in time.
    """
    program: ChildProgram[Serving] = ChildProgram("bench.worker.launch", job, Serving, {})
    try:
        return program, program.first_event().address
    except ProgramDied as error:
        program.stop()
        raise WorkerLost(f"{error} before it served; run the same command again.") from error


def main() -> None:
    """Serve the job on standard input."""
    from bench.worker.supervisor import Supervisor  # noqa: PLC0415 - the starter needs no sockets

    parent = ParentPipe()
    try:
        supervisor = Supervisor(parent.receive_job(WorkerJob))
        parent.emit(Serving(address=supervisor.address))
        supervisor.serve()
    except ScalebenchError as error:
        parent.fail(error)


if __name__ == "__main__":
    main()
