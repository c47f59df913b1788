"""Functions are called in children that fail, are killed and end like any process."""

import contextlib
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bench.call_pool import CallPool
from bench.processes import ProgramDied
from tests.waiting import wait_until


@pytest.fixture
def pool() -> Iterator[CallPool]:
    """Start two children that call functions."""
    pool = CallPool(2, {})
    yield pool
    pool.close()


def test_a_pool_returns_what_its_functions_return_whichever_child_calls_them(
    pool: CallPool,
) -> None:
    results = [pool.submit(partial(pow, number, 2)) for number in range(20)]
    assert [result.result() for result in results] == [number**2 for number in range(20)]


def test_a_function_that_fails_is_told_with_its_traceback(pool: CallPool) -> None:
    with pytest.raises(RuntimeError, match="invalid literal for int"):
        pool.submit(partial(int, "one")).result()
    assert pool.submit(partial(int, "1")).result() == 1


def test_children_that_could_not_be_prepared_say_why_at_each_call() -> None:
    with contextlib.closing(CallPool(2, {}, partial(int, "one"))) as pool:
        for _ in range(3):
            with pytest.raises(RuntimeError, match="invalid literal for int"):
                pool.submit(partial(int, "1")).result()


def test_a_child_that_is_killed_says_so_and_a_closed_pool_leaves_no_process(pool: CallPool) -> None:
    assert len(set(pool.pids)) == 2
    for _ in pool.pids:
        with pytest.raises(ProgramDied, match="ended unexpectedly"):
            pool.submit(partial(signal.raise_signal, signal.SIGKILL)).result()
    with pytest.raises(ProgramDied, match="ended unexpectedly"):
        pool.submit(partial(int, "1")).result()
    pool.close()
    for pid in pool.pids:
        wait_until_gone(pid)


def test_children_in_the_middle_of_a_call_end_with_their_pool() -> None:
    pool = CallPool(2, {})
    pids = pool.pids
    asked = [pool.submit(partial(time.sleep, 600)) for _ in pids]
    pool.close()
    for call in asked:
        assert call.cancelled() or isinstance(call.exception(), ProgramDied)
    for pid in pids:
        wait_until_gone(pid)


def wait_until_gone(pid: int) -> None:
    wait_until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in state_of(pid), timeout_s=20)


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
