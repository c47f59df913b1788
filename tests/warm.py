"""The command line in processes that are forked from one which has imported everything.

Each command is a process of its own, with its arguments, environment and exit code, as in a shell;
but it need not import for seconds what the command before it imported too.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]


class Request(msgspec.Struct):
    """Run a command whose output goes to two files, after these modules are imported."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    stdout: str
    stderr: str
    modules: Sequence[str] = ()


class WarmProcess:
    """A process that forks a command for each request."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm_child"],
            cwd=ROOT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # a fork takes no threads along
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        modules: Sequence[str] = (),
    ) -> subprocess.CompletedProcess[str]:
        """Run ``scalebench`` with these arguments from the top folder, and wait for it.

        What it imports besides may be named: ``modules`` stay imported for the commands to come.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            out, errors = (Path(folder, name) for name in ("stdout", "stderr"))
            request = Request(arguments, environment, str(out), str(errors), modules)
            self._process.stdin.write(msgspec.json.encode(request) + b"\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            said, complained = (file.read_bytes().decode() for file in (out, errors))
        return subprocess.CompletedProcess(list(arguments), code, said, complained)


@cache
def warm_process() -> WarmProcess:
    """Return the process of this test run; the first call starts it."""
    return WarmProcess()
