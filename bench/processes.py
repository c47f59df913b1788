"""Programs of this package started as fresh processes, and what they say.

A program is a module run with ``python -m``. Its first line of standard input is its job, as
JSON, and each further line another one, for a program that takes several; its standard output
carries events, one JSON object a line. Standard input stays open for as long as its starter lives:
when it closes, even by SIGKILL, the program ends itself, so that no orphan goes on computing
beside the next measurement.
"""

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import IO, Any, Generic, TypeVar

import msgspec

from bench.errors import BY_EXIT_CODE, ScalebenchError

T = TypeVar("T")
_EXIT_ABANDONED = 70


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Last event of a program that ended with an expected error."""

    exit_code: int
    message: str


class ProgramDied(Exception):  # noqa: N818 - named for what happened; callers turn it into words
    """A program ended without a word; ``killed`` tells that a signal ended it."""

    def __init__(self, module: str, return_code: int) -> None:
        self.killed = return_code < 0
        super().__init__(f"the process '{module}' ended unexpectedly ({_ending(return_code)})")


class Program(Generic[T]):
    """A started program; ``events`` of type ``T`` are read from it one by one.

    Without a ``job`` it gets ready for those that :meth:`send` gives it.
    """

    def __init__(
        self,
        module: str,
        job: msgspec.Struct | None,
        events: Any,  # noqa: ANN401 - a union of structs has no type of its own
        environment: Mapping[str, str],
    ) -> None:
        self._module = module
        self._decoder = msgspec.json.Decoder(events | Failed)
        self._popen = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **environment},
            start_new_session=True,  # Ctrl-C reaches whoever started it, who ends it in order
        )
        if job is not None:
            self.send(job)

    def send(self, job: msgspec.Struct) -> None:
        """Give the program a job; waits until the program reads it."""
        with contextlib.suppress(BrokenPipeError):  # it has died: next_event tells how
            self._stdin.write(msgspec.json.encode(job) + b"\n")
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

    def next_event(self) -> T:
        """Wait for the next event.

        Raises
        ------
        ScalebenchError
            The expected error that the program reported.
        ProgramDied
            If it ended without one.
        """
        line = self._stdout.readline()
        if not line.endswith(b"\n"):
            raise ProgramDied(self._module, self._popen.wait())
        event = self._decoder.decode(line)
        if isinstance(event, Failed):
            raise BY_EXIT_CODE[event.exit_code](event.message)
        return event  # type: ignore[no-any-return]

    def stop(self) -> None:
        """Ask the program to end, make sure that it does, and close its pipes."""
        if self.alive:
            self._popen.terminate()
            try:
                self._popen.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._popen.kill()
        self._popen.wait()
        self._stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()


class _Call(msgspec.Struct, frozen=True):
    """Call a pickled function without arguments."""

    function: bytes


class _Result(msgspec.Struct, frozen=True, tag="result"):
    """What a function returned, pickled."""

    value: bytes


class CallPool:
    """Child processes that call functions, one call at a time each."""

    def __init__(self, count: int, environment: Mapping[str, str]) -> None:
        self._programs = [
            Program[_Result](__name__, None, _Result, environment) for _ in range(count)
        ]
        self._idle: SimpleQueue[Program[_Result]] = SimpleQueue()
        for program in self._programs:
            self._idle.put(program)
        self._threads = ThreadPoolExecutor(count)

    @property
    def pids(self) -> list[int]:
        """The process ids of the children."""
        return [program.pid for program in self._programs]

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Let the next idle child call ``function``, which can be pickled, as its result can.

        The result is a :class:`ProgramDied` where the child ends before it has one.
        """
        return self._threads.submit(self._call, function)

    def close(self) -> None:
        """End the children."""
        for program in self._programs:
            program.stop()
        self._threads.shutdown(cancel_futures=True)

    def _call(self, function: Callable[[], T]) -> T:
        program = self._idle.get()
        try:
            program.send(_Call(pickle.dumps(function)))
            result: T = pickle.loads(program.next_event().value)  # noqa: S301 - of our own child
        finally:
            self._idle.put(program)
        return result


class Outlet:
    """The program's side: its job, and where its events go.

    Everything else that prints to standard output in this process, Python or C, is sent to
    standard error, so that only events travel on the pipe.
    """

    def __init__(self) -> None:
        self._events = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        self._stdin = os.fdopen(os.dup(sys.stdin.fileno()), "rb")

    def receive_job(self, kind: type[T]) -> T:
        """Return the job, and from now on end this process when its starter is gone."""
        job = msgspec.json.decode(self._stdin.readline(), type=kind)
        threading.Thread(target=self._follow_starter, name="lifeline", daemon=True).start()
        return job

    def jobs(self, kind: type[T]) -> Iterator[T]:
        """Yield one job after the other, until the starter is gone."""
        for line in self._stdin:
            yield msgspec.json.decode(line, type=kind)

    def emit(self, event: msgspec.Struct) -> None:
        """Send one event."""
        try:
            self._events.write(msgspec.json.encode(event) + b"\n")
        except BrokenPipeError:
            os._exit(_EXIT_ABANDONED)

    def fail(self, error: ScalebenchError) -> None:
        """Report an expected error."""
        self.emit(Failed(exit_code=error.exit_code, message=str(error)))

    def _follow_starter(self) -> None:
        self._stdin.read()
        os._exit(_EXIT_ABANDONED)


def main() -> None:
    """Call functions for a pool."""
    outlet = Outlet()
    for call in outlet.jobs(_Call):
        function = pickle.loads(call.function)  # noqa: S301 - of the process that started this one
        outlet.emit(_Result(pickle.dumps(function())))


def _ending(return_code: int) -> str:
    return f"signal {-return_code}" if return_code < 0 else f"exit code {return_code}"


if __name__ == "__main__":
    main()
