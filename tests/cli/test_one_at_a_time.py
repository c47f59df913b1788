"""One process measures into a run, one client uses a worker, one run has a page of a name."""

import json
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.store.lock import is_locked, lock_run
from tests.chaos.proxy import free_pair
from tests.cli.command import STUB, check_refused, scalebench, serving_stub, start
from tests.importing.packrat_files import write_old
from tests.store.factory import make_run
from tests.waiting import wait_until

MEASURE = ("measure", *STUB[1:-2], "--model", "stub:3000", "--machine", "m")


@pytest.fixture
def measured(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Give the process that is measuring, and its run's folder."""
    process = start(*MEASURE, "--data", tmp_path, "--run", "r")
    folder = tmp_path / "m" / "r"
    wait_until((folder / "schedule.json").exists)
    yield process.pid, folder
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not is_locked(folder)  # the lock died with its process


def test_whoever_comes_second_is_told_who_measures(
    measured: tuple[int, Path], tmp_path: Path, pristine: Path
) -> None:
    pid, folder = measured
    words = (str(folder), f"is being measured by pid {pid}")
    check_refused(scalebench(*MEASURE, "--data", tmp_path, "--run", "r"), 4, *words)
    check_refused(scalebench("remove", folder, "--site", pristine / "site"), 4, *words)
    files = write_old(tmp_path)
    names = ("--machine", "m", "--run", "r", "--data", tmp_path)
    check_refused(scalebench("import", "packrat", *files, *names), 4, *words)


def test_a_report_of_all_runs_leaves_the_one_alone_that_is_measured(
    tmp_path: Path, pristine: Path
) -> None:
    data = tmp_path / "data"
    busy, done = (
        make_run(data / "m" / name, 1, batch_sizes=(1,)).path for name in ("busy", "done")
    )
    site = shutil.copytree(pristine / "site", tmp_path / "site")
    with lock_run(busy):
        result = scalebench("report", "--data", data, "--site", site)
    assert result.returncode == 0, result.stderr
    assert [Path(line).name for line in result.stdout.splitlines()] == [done.name]


def test_new_with_the_name_of_a_run_that_is_there_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "m" / "first", 1).path
    before = {path: path.read_bytes() for path in run.iterdir()}
    for machine in ((), ("--machine", "m")):
        options = (*STUB, "--data", tmp_path, "--run", "first", "--new", *machine)
        check_refused(scalebench(*options), 2, "--new", str(run), "is there already")
    assert {path: path.read_bytes() for path in run.iterdir()} == before


def test_a_run_of_the_same_name_does_not_replace_another_runs_page(
    tmp_path: Path, pristine: Path
) -> None:
    site = shutil.copytree(pristine / "site", tmp_path / "site")
    one = make_run(tmp_path / "one" / "m" / "r", 1, batch_sizes=(1,)).path
    other = make_run(tmp_path / "other" / "m" / "r", 1, batch_sizes=(1,), comment="another").path
    first = scalebench("report", one, "--site", site)
    assert first.returncode == 0
    page = Path(first.stdout.strip())
    before = {path: path.read_bytes() for path in page.rglob("*") if path.is_file()}
    check_refused(
        scalebench("report", other, "--site", site), 3, str(page), "another run of this name"
    )
    assert {path: path.read_bytes() for path in page.rglob("*") if path.is_file()} == before
    assert scalebench("report", one, "--site", site).returncode == 0


def test_a_worker_takes_both_ports_when_it_starts() -> None:
    port = free_pair()
    bind = f"tcp://127.0.0.1:{port}"
    with serving_stub(bind=bind), socket.create_server(("127.0.0.1", 0)) as other:
        for taken in (port, port + 1):
            endpoint = f"tcp://127.0.0.1:{taken}"
            second = scalebench("worker", "--bind", endpoint, "--model", "stub:1")
            check_refused(second, 4, endpoint, "cannot be bound")
        before = other.getsockname()[1] - 1
        third = scalebench("worker", "--bind", f"tcp://127.0.0.1:{before}", "--model", "stub:1")
        check_refused(third, 4, f"tcp://127.0.0.1:{before + 1}", "choose another port")


def test_another_address_of_the_same_worker_continues_its_run(tmp_path: Path) -> None:
    names = ("--data", tmp_path, "--machine", "m", "--run", "r")
    named = []
    for _ in range(2):
        with serving_stub(bind=f"tcp://127.0.0.1:{free_pair()}") as (_, endpoint):
            result = scalebench(*STUB, *names, "--worker", endpoint)
        assert result.returncode == 0, result.stderr
        info = json.loads((tmp_path / "m/r/run.json").read_text())
        named.append((endpoint, info["experiment"]["worker"]))
    (first, kept), (second, after) = named
    assert (kept, after) == (first, first)
    assert second != first
