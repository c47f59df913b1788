"""A program of the tests: does what its job says."""

import os
import signal
import time

import msgspec

from bench.errors import HostError
from bench.processes import ParentPipe


class Task(msgspec.Struct):
    """What to do."""

    what: str
    value: int = 0


class Said(msgspec.Struct, tag="said"):
    """What the program says; its process id at first."""

    value: int


def main() -> None:
    """Do the task of standard input."""
    parent = ParentPipe()
    task = parent.receive_job(Task)
    parent.emit(Said(value=os.getpid()))
    match task.what:
        case "count":
            for value in range(task.value):
                print("chatter of Python", flush=True)  # noqa: T201
                os.write(1, b"chatter of C\n")
                parent.emit(Said(value=value))
        case "fail":
            parent.fail(HostError("no such tensor"))
        case "exit":
            raise SystemExit(task.value)
        case "signal":
            os.kill(os.getpid(), signal.SIGKILL)
        case "sleep":
            time.sleep(600)


if __name__ == "__main__":
    main()
