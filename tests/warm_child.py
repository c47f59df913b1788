"""The process that :mod:`tests.warm` forks commands from; it imports what they import.

A report from it draws in its own process. What draws would take longer to import, in children that
each report starts anew, than a stub's charts to draw; that the children draw the same bytes is
proved by ``tests/charts/test_render_pool.py``, and README's commands start them.
"""

import atexit
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from importlib import import_module
from typing import NoReturn, TypeVar

import msgspec

from bench.charts import render
from bench.cli import main as command_line
from tests.warm import Request

T = TypeVar("T")
_MAX_S = 100
_IMPORTED = (
    "charts.catalog",
    "charts.drawing.draw",
    "cli.commands",
    "cli.terminal",
    "pipeline.compare",
    "pipeline.measure",
    "pipeline.runs",
    "pipeline.verify",
)


class NoPool:
    """Calls at once what :class:`bench.call_pool.CallPool` would leave to a child."""

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Call ``function`` here."""
        result: Future[T] = Future()
        result.set_result(function())
        return result


def main() -> None:
    """Fork a command for each line of standard input, and answer with its exit code."""
    for name in _IMPORTED:
        import_module(f"bench.{name}")
    render.render_pool = NoPool  # type: ignore[assignment]
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
    code = 1
    try:
        code = _exit_code()
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:  # noqa: BLE001 - nothing may go on as a second parent
        traceback.print_exc()
    finally:
        # Nothing is freed: it is shared with the parent, and each page would be copied first.
        os._exit(code)


def _exit_code() -> int:
    """Run the command line, and return its exit code as the interpreter would."""
    try:
        command_line()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    raise AssertionError("the command line exits")


if __name__ == "__main__":
    main()
