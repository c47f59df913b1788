"""What disturbs a measurement is told with its reason and what helps, and nothing else is."""

import pytest

from bench.host.health import allocator, clock_read, examine
from bench.records import Facts

QUIET_HOST: Facts = {
    "governor": "performance",
    "boost": "0",
    "smt": "off",
    "physical_cores_count": 16,
    "hypervisor": "none",
    "clock_source": "tsc",
}
BEFORE: Facts = {
    "cpu_ticks": "100 0 100 1000 0 0 0 0 0 0",
    "swap": ["0", "0"],
    "quota": "max 100000",
    "quota_throttled": "0",
    "memory_available": "33554432 kB",
}
AFTER: Facts = {**BEFORE, "cpu_ticks": "101 0 101 1198 0 0 0 0 0 0"}


def warnings(host: Facts, before: Facts, after: Facts) -> dict[str, str]:
    findings = examine(host, before, after)
    assert all(bool(finding.remedy) is (finding.ok is False) for finding in findings)
    return {finding.name: finding.reason for finding in findings if finding.ok is False}


def test_a_quiet_host_has_no_warning() -> None:
    assert warnings(QUIET_HOST, BEFORE, AFTER) == {}


@pytest.mark.parametrize(
    ("name", "fact", "value", "words"),
    [
        ("governor", "governor", "powersave", "the governor is powersave"),
        ("boost", "boost", "1", "boosted while few cores work"),
        ("smt", "smt", "on", "siblings"),
        ("spare core", "physical_cores_count", 2, "2 cores"),
        ("virtualisation", "hypervisor", "xen", "a virtual machine (xen)"),
        ("virtualisation", "hypervisor", "yes", "a virtual machine"),
        ("clock source", "clock_source", "hpet", "the clock is hpet"),
    ],
)
def test_each_lasting_disturbance_is_a_warning(
    name: str, fact: str, value: object, words: str
) -> None:
    found = warnings({**QUIET_HOST, fact: value}, BEFORE, AFTER)
    assert list(found) == [name]
    assert words in found[name]


@pytest.mark.parametrize(
    ("name", "fact", "value", "words"),
    [
        ("steal", "cpu_ticks", "101 0 101 1188 0 0 0 10 0 0", "5.0 % of the time"),
        ("load", "cpu_ticks", "150 0 150 1100 0 0 0 0 0 0", "50 % of the processors"),
        ("swap", "swap", ["0", "9"], "being swapped"),
        ("memory", "memory_available", "1048576 kB", "1.0 GiB"),
        ("quota", "quota", "200000 100000", "cpu.max 200000 100000"),
        ("quota", "quota_throttled", "1", "held back"),
    ],
)
def test_each_passing_disturbance_is_a_warning(
    name: str, fact: str, value: object, words: str
) -> None:
    found = warnings(QUIET_HOST, BEFORE, {**AFTER, fact: value})
    assert list(found) == [name]
    assert words in found[name]


def test_what_a_host_does_not_tell_is_said_and_is_no_warning() -> None:
    host = {"physical_cores_count": 16, "hypervisor": "none", "governor_missing": "no such file"}
    findings = examine(host, {}, {})
    known = {finding.name for finding in findings if finding.ok is not None}
    assert known == {"spare core", "virtualisation"}
    assert all(finding.ok is not False for finding in findings)
    assert examine({"physical_cores_count": "many"}, {}, {})[3].ok is None
    assert any("no such file" in finding.reason for finding in findings)


def test_an_allocator_that_gives_memory_back_or_cannot_be_asked_is_a_warning() -> None:
    assert allocator(0).ok
    assert not allocator(9_700).ok
    assert "cannot be proved" in allocator(None).reason


def test_a_slow_clock_is_a_warning() -> None:
    assert clock_read(40).ok
    assert not clock_read(2_000).ok


def test_ticks_of_the_host_and_of_a_restarts_cpus_are_not_compared() -> None:
    assert (
        warnings(QUIET_HOST, BEFORE, {**AFTER, "cpus": [0], "cpu_ticks": "0 0 0 0 0 0 0 0"}) == {}
    )
