"""Programs of this package started as fresh processes, and their events.

A program is a module run with ``python -m``. Its first line of standard input is its job, as
JSON; its standard output has events, one JSON object per line. Standard input then stays open
for as long as its starter runs: when it closes, even by SIGKILL, the program ends itself, so that
it does not compute during the next measurement.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Generic, TypeVar

import msgspec

from bench.errors import BY_EXIT_CODE, ScalebenchError, WorkerLost
from bench.interruption import raise_if_interrupted

T = TypeVar("T")
START_TIMEOUT_S = 600.0
"""How long after its start a program may send its first event [s]."""
_EXIT_ABANDONED = 70
_INSTALLED = ("site-packages", "dist-packages")
_NOT_INHERITED = frozenset(
    f"PYTHON{name}"
    for name in (
        "ASYNCIODEBUG",
        "DEVMODE",
        "INSPECT",
        "MALLOC",
        "MALLOCSTATS",
        "PROFILEIMPORTTIME",
        "STARTUP",
        "TRACEMALLOC",
        "VERBOSE",
        "WARNINGS",
    )
)
"""Variables that make an interpreter slower, print or end; they were meant for the starter."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Last event of a program that ended with an expected error; ``lost``: it lost a worker."""

    exit_code: int
    message: str
    lost: bool = False


class ProgramDied(Exception):  # noqa: N818 - named for what happened; callers write the message
    """A program ended without a reason; its return code is None where it is not known."""

    def __init__(self, module: str, return_code: int | None) -> None:
        super().__init__(f"the process '{module}' ended unexpectedly ({_ending(return_code)})")


class ProgramSilent(ProgramDied):
    """A program still runs, and did not send in time that it is ready."""

    def __init__(self, module: str, timeout_s: float) -> None:
        Exception.__init__(self, f"the process '{module}' was not ready within {timeout_s:g} s")


class ChildProgram(Generic[T]):
    """A started program; ``events`` of type ``T`` are read from it one by one.

    It runs the code of this process: a file in the working directory cannot replace a module.

    Parameters
    ----------
    module : str
        The name of the module that is run with ``python -m``.
    job : Struct
        What the program is to do; it is sent as the first line of its standard input.
    events : type
        The struct of its events, or a union of structs with different tags.
    environment : mapping of str to str
        Variables that it has besides those of this process, or in their place.
    descriptors : sequence of int
        Open descriptors that it inherits.
    """

    def __init__(
        self,
        module: str,
        job: msgspec.Struct,
        events: Any,  # noqa: ANN401 - a union of structs has no type of its own
        environment: Mapping[str, str],
        descriptors: Sequence[int] = (),
    ) -> None:
        self._module = module
        self._decoder = msgspec.json.Decoder(events | Failed)
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**_inherited(), **environment},
            pass_fds=descriptors,
            # Ctrl-C reaches the process that started it, which ends it in order.
            start_new_session=True,
        )
        self._send_job(msgspec.json.encode(job) + b"\n")

    def _send_job(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # it ended at once: next_event reports it
            self._stdin.write(line)
            self._stdin.flush()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    @property
    def _stdin(self) -> IO[bytes]:
        assert self._popen.stdin is not None
        return self._popen.stdin

    @property
    def _stdout(self) -> IO[bytes]:
        assert self._popen.stdout is not None
        return self._popen.stdout

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when an event waits or the program ended."""
        return self._stdout.fileno()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._popen.poll() is None

    def first_event(self, timeout_s: float = START_TIMEOUT_S) -> T:
        """Wait for the first event, with which the program is ready.

        Raises
        ------
        ScalebenchError
            The expected error that the program reported.
        ProgramDied
            If it ended without one, or sent nothing in time.
        """
        raise_if_interrupted()
        if not select.select([self._stdout], [], [], timeout_s)[0]:
            raise ProgramSilent(self._module, timeout_s)
        return self.next_event()

    def next_event(self) -> T:
        """Wait for the next event.

        Raises
        ------
        ScalebenchError
            The expected error that the program reported.
        ProgramDied
            If it ended without one.
        """
        raise_if_interrupted()
        line = self._stdout.readline()
        if not line.endswith(b"\n"):
            raise ProgramDied(self._module, self._popen.wait())
        event = self._decoder.decode(line)
        if isinstance(event, Failed):
            kind = WorkerLost if event.lost else BY_EXIT_CODE[event.exit_code]
            raise kind(event.message)
        return event  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Ask the program to end, make sure that it does, and close its pipes."""
        if self.alive:
            self._popen.terminate()
            self._popen.send_signal(signal.SIGCONT)  # a stopped process would not end
            try:
                self._popen.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._popen.kill()
        self._popen.wait()
        self._stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()


class ParentPipe:
    """The side of the started program: it reads its job and sends its events.

    Everything else that prints to standard output in this process, Python or C, is sent to
    standard error, so that only events are sent on the pipe.
    """

    def __init__(self) -> None:
        self._events = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._stdin = os.fdopen(os.dup(sys.stdin.fileno()), "rb")

    def receive_job(self, kind: type[T]) -> T:
        """Return the job; from now on this process ends when its starter has ended."""
        job = self.read_job(kind)
        threading.Thread(target=self._follow_starter, name="lifeline", daemon=True).start()
        return job

    def read_job(self, kind: type[T]) -> T:
        """Return the job of a program that itself detects the end of its starter."""
        return msgspec.json.decode(self._stdin.readline(), type=kind)

    def emit(self, event: msgspec.Struct) -> None:
        """Send one event."""
        try:
            self._events.write(msgspec.json.encode(event) + b"\n")
        except BrokenPipeError:
            os._exit(_EXIT_ABANDONED)

    def fail(self, error: ScalebenchError) -> None:
        """Report an expected error."""
        lost = isinstance(error, WorkerLost)
        self.emit(Failed(exit_code=error.exit_code, message=str(error), lost=lost))

    def _follow_starter(self) -> None:
        self._stdin.read()
        os._exit(_EXIT_ABANDONED)


def _inherited() -> dict[str, str]:
    """Return this process's environment for one that runs the same code."""
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    root = Path(__file__).parents[1]
    if root.name not in _INSTALLED:  # a checkout, perhaps not the one that is installed
        paths = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
        environment["PYTHONPATH"] = os.pathsep.join([str(root), *paths])
    return environment


def _ending(return_code: int | None) -> str:
    if return_code is None:
        return "from outside"
    if return_code == -signal.SIGKILL:
        return "signal 9: killed, perhaps since memory ran out; then give smaller --batch-sizes"
    return f"signal {-return_code}" if return_code < 0 else f"exit code {return_code}"
