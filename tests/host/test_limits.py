"""Limits of control groups, of both versions: the smallest one on the way up holds."""

from pathlib import Path

import pytest

from bench.engine.memory import memory_bytes
from bench.errors import HostError
from bench.host import sources
from bench.host.counters import read_counters
from bench.host.health import memory
from bench.host.limits import cpu_quota, memory_available_bytes, memory_left_bytes

GIB = 1 << 30
NO_LIMIT_V1 = "9223372036854771712"


class Host:
    """Made-up files of the system."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._root = root
        monkeypatch.setattr(sources, "PROC", root / "proc")
        monkeypatch.setattr(sources, "CGROUP", root / "cgroup")
        self.write("proc/meminfo", "MemTotal: 33554432 kB\nMemAvailable: 20971520 kB")
        self.write("proc/self/cgroup", "0::/")

    def write(self, name: str, text: str) -> None:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    return Host(tmp_path, monkeypatch)


def test_without_a_limit_the_host_decides(host: Host) -> None:
    assert memory_left_bytes() is None
    host.write("cgroup/memory.max", "max")
    host.write("cgroup/memory.current", "1000")
    assert memory_left_bytes() is None
    assert memory_available_bytes() == 20 * GIB


def test_the_smallest_limit_of_the_group_and_those_above_it_holds(host: Host) -> None:
    host.write("proc/self/cgroup", "0::/a/b")
    for group, limit, used in (("a", 2 * GIB, GIB // 2), ("a/b", 4 * GIB, 0), (".", 8 * GIB, 0)):
        host.write(f"cgroup/{group}/memory.max", str(limit))
        host.write(f"cgroup/{group}/memory.current", str(used))
    assert memory_left_bytes() == 2 * GIB - GIB // 2
    assert memory_available_bytes() == memory_left_bytes()


def test_version_1_has_its_own_files_and_a_number_for_no_limit(host: Host) -> None:
    host.write("proc/self/cgroup", "5:memory:/job\n4:cpu,cpuacct:/job\n1:name=systemd:/x")
    host.write("cgroup/memory/memory.limit_in_bytes", NO_LIMIT_V1)
    host.write("cgroup/memory/memory.usage_in_bytes", "1")
    assert memory_left_bytes() is None
    host.write("cgroup/memory/job/memory.limit_in_bytes", str(GIB))
    host.write("cgroup/memory/job/memory.usage_in_bytes", str(GIB // 4))
    assert memory_left_bytes() == GIB - GIB // 4
    host.write("cgroup/cpu/job/cpu.cfs_quota_us", "50000")
    host.write("cgroup/cpu/job/cpu.cfs_period_us", "100000")
    host.write("cgroup/cpu/cpu.cfs_quota_us", "-1")
    host.write("cgroup/cpu/cpu.cfs_period_us", "100000")
    assert cpu_quota() == "50000 100000"


def test_the_tightest_quota_of_version_2_is_told(host: Host) -> None:
    host.write("proc/self/cgroup", "0::/a/b")
    host.write("cgroup/a/b/cpu.max", "max 100000")
    host.write("cgroup/a/cpu.max", "150000 100000")
    assert cpu_quota() == "150000 100000"
    host.write("cgroup/a/cpu.max", "max 100000")
    assert cpu_quota() == "max 100000"


def test_a_container_sees_its_own_group_at_the_root(host: Host) -> None:
    host.write("proc/self/cgroup", "0::/docker/0123456789abcdef")
    host.write("cgroup/memory.max", str(GIB))
    host.write("cgroup/memory.current", "0")
    assert memory_left_bytes() == GIB


def test_the_doctor_names_the_limit(host: Host) -> None:
    host.write("cgroup/memory.max", str(2 * GIB))
    host.write("cgroup/memory.current", "0")
    finding = memory({}, read_counters())
    assert not finding.ok
    assert finding.reason == "2.0 GiB are available under the limit of a control group"


def test_too_little_memory_is_refused_before_anything_starts(host: Host) -> None:
    from bench.measure.request import check_memory
    from tests.measure.factory import make_request

    host.write("cgroup/memory.max", str(2 * GIB))
    host.write("cgroup/memory.current", "0")
    check_memory(make_request("stub:1"))
    with pytest.raises(
        HostError, match=r"needs about 5\.\d GiB .* 2\.0 GiB are available; .*limit"
    ):
        check_memory(make_request("resnet50"))
    assert memory_bytes("resnet50", (64, 3, 224, 224)) > 2 * GIB
