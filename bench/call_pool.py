"""Calls functions in child processes, as many at once as there are children."""

import contextlib
import os
import pickle
import signal
import socket
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from queue import SimpleQueue
from typing import BinaryIO, TypeVar, cast

import msgspec

from bench.processes import ChildProgram, ParentPipe, ProgramDied

T = TypeVar("T")


class _PoolJob(msgspec.Struct, frozen=True):
    """The job: call a pickled function, then serve each of the sockets in its own process."""

    prepare: bytes
    sockets: list[int]


class _Forked(msgspec.Struct, frozen=True, tag="forked"):
    """The processes of a pool are ready."""

    pids: list[int]


class CallPool:
    """Child processes that call functions, one call at a time each.

    They are copies of one program, which calls ``prepare`` first: what it imports is imported once.

    Parameters
    ----------
    count : int
        How many children there are.
    environment : mapping of str to str
        Variables that they have besides those of this process.
    prepare : callable
        A function of a module, without arguments; it starts no thread.
    """

    def __init__(
        self, count: int, environment: Mapping[str, str], prepare: Callable[[], object] = tuple
    ) -> None:
        pairs = [socket.socketpair() for _ in range(count)]
        child_descriptors = [child_socket.fileno() for _, child_socket in pairs]
        job = _PoolJob(pickle.dumps(prepare), child_descriptors)
        self._program = ChildProgram[_Forked](
            __name__, job, _Forked, environment, child_descriptors
        )
        self._idle: SimpleQueue[BinaryIO] = SimpleQueue()
        for parent_socket, child_socket in pairs:
            child_socket.close()
            self._idle.put(cast("BinaryIO", parent_socket.makefile("rwb")))
            parent_socket.close()  # the descriptor stays open for its stream
        self._threads = ThreadPoolExecutor(count)

    @cached_property
    def pids(self) -> list[int]:
        """The process ids of the children, once they are ready."""
        return self._program.next_event().pids

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Let the next idle child call ``function``, which can be pickled, as its result can.

        The result is a :class:`ProgramDied` where the child was ended, and a RuntimeError with the
        child's traceback where the function, or ``prepare``, failed.
        """
        return self._threads.submit(self._call, function)

    def close(self) -> None:
        """End the children, and their calls."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._program.pid, signal.SIGTERM)  # it leads the group of its copies
        self._program.stop()
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            with contextlib.suppress(OSError):  # what a child did not read
                self._idle.get().close()

    def _call(self, function: Callable[[], T]) -> T:
        stream = self._idle.get()
        try:
            pickle.dump(function, stream)
            stream.flush()
            result, failure = pickle.load(stream)  # noqa: S301 - of our own child
        except (EOFError, OSError) as error:
            raise ProgramDied(__name__, None) from error
        finally:
            self._idle.put(stream)
        if failure:
            raise RuntimeError(f"in a child process: {failure}")
        value: T = result
        return value


def main() -> None:
    """Run the children of a pool."""
    parent = ParentPipe()
    job = parent.read_job(_PoolJob)
    prepare = pickle.loads(job.prepare)  # noqa: S301 - of the process that started this one
    _, failure = _answer(prepare)
    own_descriptor, *other_descriptors = job.sockets
    pids = [os.getpid()]
    for descriptor in other_descriptors:
        pids.append(os.fork())
        if not pids[-1]:
            own_descriptor = descriptor
            break
    else:
        parent.emit(_Forked(pids))
    for descriptor in job.sockets:
        if descriptor != own_descriptor:
            os.close(
                descriptor
            )  # with an open copy, the end of its process would not close the socket
    with socket.socket(fileno=own_descriptor) as connection, connection.makefile("rwb") as stream:
        _serve_calls(cast("BinaryIO", stream), failure)


def _serve_calls(stream: BinaryIO, failure: str) -> None:
    """Answer calls until the pool is closed; with the failure of ``prepare``, if it failed."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            function = pickle.load(stream)  # noqa: S301 - of the process that started this one
            pickle.dump((None, failure) if failure else _answer(function), stream)
            stream.flush()


def _answer(function: Callable[[], object]) -> tuple[object, str]:
    """Return the result of a function, and its traceback if it failed."""
    try:
        return function(), ""
    except Exception:  # noqa: BLE001 - the calling process raises it
        return None, traceback.format_exc()


if __name__ == "__main__":
    main()
