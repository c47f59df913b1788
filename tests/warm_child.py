"""The process that :mod:`tests.warm` forks commands from; it imports what they import."""

import gc
import os
import signal
import sys
from importlib import import_module
from typing import NoReturn

import msgspec

from bench.cli import main as command_line
from tests.warm import Request

_MAX_S = 100
_IMPORTED = (
    "charts.catalog",
    "cli.commands",
    "cli.terminal",
    "pipeline.compare",
    "pipeline.measure",
    "pipeline.runs",
    "pipeline.verify",
)


def main() -> None:
    """Fork a command for each line of standard input, and answer with its exit code."""
    for name in _IMPORTED:
        import_module(f"bench.{name}")
    gc.freeze()  # what is imported is no garbage, for a command that ends either
    with os.fdopen(os.dup(1), "w", buffering=1) as answers:
        while line := sys.stdin.readline():
            request = msgspec.json.decode(line, type=Request)
            for name in request.modules:
                import_module(name)
            pid = os.fork()
            if pid == 0:
                _become(request)
            _, status = os.waitpid(pid, 0)
            answers.write(f"{os.waitstatus_to_exitcode(status)}\n")


def _become(request: Request) -> NoReturn:
    signal.alarm(_MAX_S)
    os.environ.clear()
    os.environ.update(request.environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, file in enumerate((request.stdout, request.stderr), start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), descriptor)
    sys.argv[1:] = request.arguments
    command_line()
    raise AssertionError("the command line exits")


if __name__ == "__main__":
    main()
