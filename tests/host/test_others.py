"""Processes of others: what they used since a moment, on the CPUs that count, and their names."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bench.host import others, sources
from bench.host.others import MAX_STORED, OtherProcesses, cpu_time_ticks, printable_name
from bench.host.window import Window

OWN, CPUS = (10,), (0, 1)


class _Proc:
    """A made-up /proc."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(
        self,
        pid: int,
        ticks: int,
        *,
        name: str = "name",
        started: int = 5,
        cpu: int = 0,
        parent: int = 1,
        children: int = 0,
    ) -> None:
        """Write a process with one thread."""
        own = [str(ticks - ticks // 3), str(ticks // 3)]
        fields = ["S", str(parent), *"0" * 9, *own, str(children), *"0" * 5, str(started)]
        fields += [*"0" * 16, str(cpu), "0"]
        text = f"{pid} ({name}) {' '.join(fields)}\n"
        for folder in (self.root / str(pid), self.root / str(pid) / "task" / str(pid)):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "stat").write_bytes(text.encode("latin-1"))


@pytest.fixture
def proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> _Proc:
    monkeypatch.setattr(sources, "PROC", tmp_path)
    monkeypatch.setattr(others, "MIN_NAMED_CPUS", 0.0)
    (tmp_path / "self").mkdir()
    return _Proc(tmp_path)


def test_who_used_most_comes_first_and_own_processes_are_left_out(proc: _Proc) -> None:
    for pid in (10, 11, 12, 13):
        proc.put(pid, 1000)
    watched = OtherProcesses(OWN, CPUS)
    assert watched.used() == []
    proc.put(10, 9000)
    proc.put(11, 1020)
    proc.put(12, 1070, name="two) (words")
    assert watched.used() == [(12, "two) (words", 70), (11, "name", 20)]


def test_a_process_that_began_meanwhile_counts_with_all_its_time(proc: _Proc) -> None:
    proc.put(11, 1000)
    watched = OtherProcesses(OWN, CPUS)
    proc.put(12, 30)
    proc.put(11, 40, started=99)  # another process got its number
    assert watched.used() == [(11, "name", 40), (12, "name", 30)]


def test_only_processes_on_the_counted_cpus_are_told_and_only_a_few(proc: _Proc) -> None:
    watched = OtherProcesses(OWN, CPUS)
    proc.put(11, 900, cpu=7)
    for pid in range(20, 50):
        proc.put(pid, pid, cpu=1)
    assert [process.pid for process in watched.used()] == list(range(49, 49 - MAX_STORED, -1))


def test_a_process_that_used_little_is_not_told(
    proc: _Proc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(others, "MIN_NAMED_CPUS", 0.5)
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    watched = OtherProcesses(OWN, CPUS)
    now[0] += 10
    per_s = os.sysconf("SC_CLK_TCK")
    proc.put(11, 5 * per_s)
    proc.put(12, 5 * per_s - 1)
    assert [process.pid for process in watched.used()] == [11]


def test_a_process_that_has_ended_is_missing(proc: _Proc) -> None:
    watched = OtherProcesses(OWN, CPUS)
    proc.put(11, 50)
    (proc.root / "12").mkdir()  # it ended while it was looked at
    assert [process.pid for process in watched.used()] == [11]
    with pytest.raises(FileNotFoundError):
        cpu_time_ticks((11, 12))


def test_a_process_that_has_ended_counts_for_the_one_that_waited_for_it(proc: _Proc) -> None:
    proc.put(11, 5, name="make", children=100)
    proc.put(12, 40, name="sh", parent=11, children=7)
    proc.put(13, 500, name="cc", parent=12)
    watched = OtherProcesses(OWN, CPUS)
    for pid in ("12", "13"):  # they used 20 more, and two others came and went meanwhile
        shutil.rmtree(proc.root / pid)
    proc.put(11, 6, name="make", children=100 + 547 + 20 + 300)
    assert watched.used() == [(11, "make", 1 + 20 + 300)]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("stress", "stress"),
        ("\x1b[31mred\x07", "[31mred"),
        ("a\nb\u202ec", "abc"),
        ("x" * 40, "x" * 15),
        ("\x00", "?"),
    ],
)
def test_a_name_keeps_printable_characters_only(name: str, kept: str) -> None:
    assert printable_name(name) == kept


def test_a_name_that_is_no_text_is_kept_as_far_as_it_is(proc: _Proc) -> None:
    watched = OtherProcesses(OWN, CPUS)
    proc.put(11, 50, name="\xff\x1bnoise\xfe")
    assert watched.used() == [(11, "noise", 50)]


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="this system has no /proc"
)


@needs_proc
def test_cpu_time_of_a_process_is_what_the_system_says() -> None:
    before = sum(os.times()[:2]) * os.sysconf("SC_CLK_TCK")
    told = cpu_time_ticks((os.getpid(),))
    after = sum(os.times()[:2]) * os.sysconf("SC_CLK_TCK")
    assert before - 1 <= told <= after + 1


@needs_proc
def test_a_window_tells_which_host_which_cpus_and_its_own_processes() -> None:
    window = Window(os.getpid(), (os.getpid(), os.getppid()), (0,))
    moment = window.moment()
    assert moment["cpus"] == [0]
    assert moment["own_pids"] == [os.getpid(), os.getppid()]
    assert moment["own_cpu_ticks"] >= cpu_time_ticks((os.getpid(),)) - 100
    assert len(moment["boot"]) == 16
    assert moment["major_faults"] >= 0
    ask = "from bench.host.window import Window; m = Window(1, (), (0,)).moment()"
    code = f"{ask}; print(m['boot'], m['pid_namespace'])"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout.split() == [moment["boot"], str(moment["pid_namespace"])]


@needs_proc
def test_a_process_of_the_run_that_ended_leaves_its_cpu_time_missing() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    moment = Window(os.getpid(), (ended.pid,), (0,)).moment()
    assert moment["own_cpu_ticks"] is None
    assert "No such file" in moment["own_cpu_ticks_missing"]
