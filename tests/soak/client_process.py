"""A client process as its starter sees it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from bench.engine.open import engine_environment
from tests.soak.client import ALLOCATOR, Answer

ROOT = Path(__file__).parents[2]


class ClientProcess:
    """Makes requests when it is asked to.

    Parameters
    ----------
    program : str
        The module, which is used as :mod:`tests.soak.client` says.
    arguments : sequence of str
        Those of the module.
    """

    def __init__(self, program: str, arguments: Sequence[str]) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", program, *arguments],
            cwd=ROOT,
            env={**os.environ, **engine_environment(ALLOCATOR, 1)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._popen.pid

    def request(self, seconds: float) -> Answer:
        """Let requests be made for a time, and return the answer."""
        self.ask(seconds)
        return self.answer()

    def ask(self, seconds: float) -> None:
        """Ask for requests for a time; :meth:`answer` ends it."""
        stdin = _open(self._popen.stdin)
        stdin.write(f"{seconds}\n")
        stdin.flush()

    def answer(self) -> Answer:
        """Wait for the answer."""
        line = _open(self._popen.stdout).readline()
        assert line, f"a client has ended with {self._popen.wait()}"
        return msgspec.json.decode(line, type=Answer)

    def close(self) -> None:
        """End the process."""
        self._popen.terminate()
        self._popen.communicate(timeout=20)


def _open(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
