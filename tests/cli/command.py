"""The real command line, and what every refusal of it must be."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.waiting import wait_until
from tests.warm import warm_process

ROOT = Path(__file__).parents[2]
SMALL = ("--preset", "smoke", "--batch-sizes", "1", "--threads", "1", "--image-size", "32")
STUB = ("measure", *SMALL, "--model", "stub:1")
ANY_PORT = "tcp://127.0.0.1:*"


def start(*arguments: object, python: tuple[str, ...] = ("-m", "bench")) -> subprocess.Popen[str]:
    """Start the command line from the top folder."""
    return subprocess.Popen(
        [sys.executable, *python, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def scalebench(*arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line from the top folder, and wait for it; see :mod:`tests.warm`."""
    environment = {**os.environ, "COLUMNS": "80", **variables}
    modules = ("bench.engine.torch_engine",) if "doctor" in arguments else ()
    return warm_process().run([str(argument) for argument in arguments], environment, modules)


def succeed(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line, which must end well."""
    done = scalebench(*arguments)
    assert done.returncode == 0, done.stderr
    return done


def finish(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a started command."""
    try:
        out, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)


def children(pid: int) -> list[int]:
    """Return the process ids of the children of a process."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    if not path.exists():
        pytest.skip("this kernel does not list children")
    return [int(child) for child in path.read_text().split()]


def wait_for_next_block(worker: subprocess.Popen[str], block: Path) -> None:
    """Return once a block is complete, and the worker's compute process of the next one runs."""
    wait_until(block.exists)
    # The compute process of now may be at its end: the next one has its block before it.
    before_it = children(worker.pid)
    wait_until(lambda: set(children(worker.pid)) - set(before_it))


def serving_stub(
    delay_ms: int = 1, *options: object, bind: str = ANY_PORT
) -> AbstractContextManager[tuple[subprocess.Popen[str], str]]:
    """Start the worker of a stub; see :func:`serving`."""
    return serving(f"stub:{delay_ms}", *options, bind=bind)


@contextmanager
def serving(
    model: str, *options: object, bind: str = ANY_PORT
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a worker as another terminal would; give it and its endpoint once it serves."""
    worker = start("worker", "--bind", bind, "--model", model, *options)
    assert worker.stderr is not None
    said = []
    try:
        while "serving" not in (line := worker.stderr.readline()):
            said.append(line)
            assert line, f"the worker has ended: {''.join(said)}"
        yield worker, line.split()[-1]
    finally:
        worker.terminate()
        worker.communicate(timeout=20)


def on_terminal(*arguments: object, **variables: str) -> str:
    """Return what a command writes to a terminal of 80 columns that shows colours."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", **variables}
    with subprocess.Popen(
        [sys.executable, "-m", "bench", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdout=theirs,
    ) as process:
        os.close(theirs)
        written = b""
        try:
            while part := os.read(ours, 4096):
                written += part
        except OSError:
            pass  # the other end is closed: the command has ended
        finally:
            os.close(ours)
    assert process.returncode == 0
    return written.decode()


def check_refused(result: subprocess.CompletedProcess[str], exit_code: int, *words: str) -> None:
    """Check that a command ended with ``exit_code`` and one message that has all ``words``."""
    assert result.returncode == exit_code, result.stderr
    assert "Traceback" not in result.stderr
    messages = [line for line in result.stderr.splitlines() if line.startswith("scalebench: ")]
    assert messages == result.stderr.splitlines()[-1:]
    assert [word for word in words if word not in messages[0]] == [], messages[0]


def contents(folder: Path) -> dict[Path, bytes]:
    """Return every file of a folder by its path."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
