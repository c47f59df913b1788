"""An embedded worker: a supervisor that ends when whoever started it does.

Starting a worker is this one seam: another launcher would start the same program elsewhere.
"""

from bench.errors import ScalebenchError, WorkerLost
from bench.processes import Outlet, Program, ProgramDied
from bench.records import Address
from bench.worker.jobs import Serving, WorkerJob


def start_embedded(job: WorkerJob) -> tuple[Program[Serving], Address]:
    """Start a worker on this machine; return it and its address once it listens.

    Raises
    ------
    WorkerLost
        If it ends before it listens, or does not in time.
    """
    program: Program[Serving] = Program("bench.worker.launch", job, Serving, {})
    try:
        return program, program.first_event().address
    except ProgramDied as error:
        program.stop()
        raise WorkerLost(f"{error} before it served; run the same command again.") from error


def main() -> None:
    """Serve the job on standard input."""
    from bench.worker.supervisor import Supervisor  # noqa: PLC0415 - the starter needs no sockets

    outlet = Outlet()
    try:
        supervisor = Supervisor(outlet.receive_job(WorkerJob))
        outlet.emit(Serving(address=supervisor.address))
        supervisor.serve()
    except ScalebenchError as error:
        outlet.fail(error)


if __name__ == "__main__":
    main()
