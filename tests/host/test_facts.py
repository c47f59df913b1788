"""Facts say what a host is, why one is missing, and never who it is."""

import os
import platform
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bench.config import check_name
from bench.host import facts, sources
from bench.host.cores import usable_cpus
from bench.host.counters import CpuTicks, counters_of, read_counters
from bench.host.facts import KERNEL_PARAMETERS, PACKAGES, host_facts, machine_name
from bench.host.others import OtherProcess
from bench.records import Facts

SECRET = "sekret-host-9"  # noqa: S105 - a name to look for


@pytest.fixture
def named_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant a host and user name wherever a fact could pick one up."""
    real = os.uname()
    planted = os.uname_result((real.sysname, SECRET, *real[2:]))
    monkeypatch.setattr(os, "uname", lambda: planted)
    monkeypatch.setattr(platform, "_uname_cache", None, raising=False)
    for name in ("HOSTNAME", "USER", "LOGNAME", "HOME"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("OMP_TOOL_LIBRARIES", f"/home/{SECRET}/a.so:/srv/{SECRET}/b.so")
    assert platform.uname().node == SECRET


def everything_said() -> str:
    return msgspec.json.encode([host_facts(), read_counters(), machine_name()]).decode()


@pytest.mark.usefixtures("named_machine")
def test_no_fact_names_the_host_or_its_user() -> None:
    assert SECRET not in everything_said()


@pytest.mark.usefixtures("named_machine")
def test_a_library_is_known_by_its_name_and_not_by_its_folder() -> None:
    assert host_facts()["environment"]["OMP_TOOL_LIBRARIES"] == "a.so:b.so"


def test_only_variables_that_change_a_measurement_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "MALLOC_MMAP_MAX_", "MKL_X", "TOKEN", "XOMP_A", "PATH_OMP_A"):
        monkeypatch.setenv(name, "1")
    kept = host_facts()["environment"]
    assert {"OMP_NUM_THREADS", "MALLOC_MMAP_MAX_", "MKL_X"} <= kept.keys()
    assert kept.keys().isdisjoint({"TOKEN", "XOMP_A", "PATH_OMP_A", "PATH", "HOME"})


@pytest.mark.parametrize("read", [host_facts, read_counters])
def test_every_missing_fact_says_why(read: Callable[[], Facts]) -> None:
    known = read()
    for name, value in known.items():
        if value is None:
            assert known[f"{name}_missing"], name
        assert not name.endswith("_missing") or known[name.removesuffix("_missing")] is None


def test_what_every_host_knows_is_there() -> None:
    known = host_facts()
    assert known["usable_cpus"]
    assert 1 <= known["physical_cores_count"] <= len(known["usable_cpus"])
    assert known["memory_bytes"] > 2**20
    assert known["python"] == platform.python_version()
    assert set(known["packages"]) == set(PACKAGES)
    assert all(known["packages"].values())


def test_facts_that_make_the_fingerprint_do_not_change_while_nothing_does() -> None:
    assert host_facts() == host_facts()


def test_a_moment_tells_of_the_process_that_is_named() -> None:
    known = read_counters(os.getpid())
    assert known["involuntary_switches"] >= 0
    assert known["major_faults"] >= 0
    assert read_counters()["major_faults_missing"] == "no process was computing then"


def test_ticks_are_those_of_the_counted_cpus(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sources, "PROC", tmp_path)
    rows = ["cpu  6 6 6 6", "cpu0 1 1 1 1", "cpu1 2 2 2 2", "cpu10 3 3 3 3", "intr 9 9"]
    (tmp_path / "stat").write_text("\n".join(rows) + "\n")
    assert read_counters()["cpu_ticks"] == "6 6 6 6"
    assert read_counters()["cpus_missing"] == "all CPUs of the host count"
    some = read_counters(cpus=(0, 10))
    assert (some["cpus"], some["cpu_ticks"]) == ([0, 10], "4 4 4 4")
    assert read_counters(cpus=(0, 7))["cpu_ticks_missing"].endswith("stat has no line 'cpu7'")


def test_counters_of_a_moment_are_numbers_whatever_their_words() -> None:
    counters = counters_of(
        {
            "cpu_ticks": "1 2 3 4 5 6 7 8 9 10",
            "swap": ["10", "20"],
            "pressure_cpu": "avg10=0.00 avg60=0.00 avg300=0.00 total=1000000",
            "memory_available": "2048 kB",
            "throttle_count": "3",
            "other_processes": [[7, "make", 12]],
        }
    )
    ticks = CpuTicks(user=1, nice=2, system=3, idle=4, iowait=5, irq=6, softirq=7, steal=8)
    assert counters.cpu_ticks == ticks
    assert (ticks.computing, ticks.busy) == (6, 19)
    assert (counters.swapped_pages, counters.stalled_us) == (30, 1_000_000)
    assert (counters.free_kib, counters.throttle_count) == (2048, 3)
    assert counters.other_processes == (OtherProcess(7, "make", 12),)
    assert counters.clock_ns is None


@pytest.mark.parametrize("value", [None, "", "many", [], {}, ["a"], -1.5, "1 2", [[1, 2]], True])
def test_a_counter_of_another_kind_counts_as_missing(value: object) -> None:
    names = ("cpu_ticks", "swap", "pressure_cpu", "memory_available", "other_processes", "cpus")
    counters = counters_of(dict.fromkeys((*names, "quota_throttled", "boot"), value))
    assert counters.cpu_ticks is None
    assert counters.other_processes == ()
    assert counters_of(msgspec.structs.asdict(counters)).clock_ns is None


def test_what_is_read_of_a_host_gives_counters() -> None:
    counters = counters_of(read_counters(os.getpid(), usable_cpus()))
    assert counters.clock_ns
    if Path("/proc/stat").exists():
        assert counters.cpu_ticks
        assert counters.cpus == tuple(usable_cpus())


def test_a_source_that_cannot_be_read_gives_none_and_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sources, "CPU", tmp_path)
    monkeypatch.setattr(sources, "PROC", tmp_path)
    known = host_facts()
    assert known["governor"] is None
    assert known["governor_missing"].endswith("scaling_governor: No such file or directory")
    assert known["cpu_caches"] is None
    assert known["cpu_caches_missing"].endswith("is empty")
    assert known["cpu_flags"] is None


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("AMD EPYC 7B13", "amd-epyc-7b13-2c"),
        ("Intel(R) Xeon(R) CPU @ 2.20GHz", "intel-xeon-2c"),
        ("AMD Ryzen 9 5950X 16-Core Processor", "amd-ryzen-9-5950x-2c"),
        ("Apple M2 Pro", "apple-m2-pro-2c"),
        ("???", "machine-2c"),
        ("x" * 99, "x" * 48 + "-2c"),
    ],
)
def test_a_machine_is_named_for_its_processor_and_cores(
    monkeypatch: pytest.MonkeyPatch, model: str, name: str
) -> None:
    monkeypatch.setattr(facts, "cpu_model", lambda: model)
    monkeypatch.setattr(facts, "physical_cores", lambda: (0, 1))
    assert machine_name() == name
    assert check_name(name, "--machine") == name


def test_a_machine_that_hides_its_processor_still_has_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hidden() -> str:
        raise LookupError

    monkeypatch.setattr(facts, "cpu_model", hidden)
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert machine_name().startswith("riscv64-")


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("mitigations=off", True),
        ("isolcpus=1-3", True),
        ("nosmt", True),
        ("root=UUID=1234", False),
        ("ip=10.0.0.1::host", False),
        ("nosmtx", False),
        ("systemd.hostname=box", False),
    ],
)
def test_the_kernel_command_line_is_kept_only_where_it_changes_a_measurement(
    word: str,
    kept: bool,  # noqa: FBT001
) -> None:
    assert bool(KERNEL_PARAMETERS.match(word)) is kept
