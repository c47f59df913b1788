"""Facts of this host: what it is, which must not change within a run, and how it is just now.

A missing fact is None and says why under ``<name>_missing``. No fact names the host or its user.
"""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from bench.host.cores import physical_cores, usable_cpus
from bench.records import Facts

PACKAGES = ("torch", "torchvision", "pyzmq", "numpy", "msgspec")
VARIABLES = re.compile(r"(OMP|KMP|GOMP|MKL|ONEDNN|DNNL|OPENBLAS|MALLOC)_\w+|LD_PRELOAD|ATEN_\w+")
# The folder of a preloaded library may name a user; which library it is does not.
DIRECTORIES = re.compile(r"[^\s:;,=]*/")
# Only what can change a measurement: a whole command line may name disks, hosts or secrets.
KERNEL_PARAMETERS = re.compile(
    r"(mitigations|isolcpus|nohz|nohz_full|rcu_nocbs|intel_pstate|amd_pstate|nosmt|preempt|"
    r"processor\.max_cstate|intel_idle\.max_cstate|idle|cpuidle\.\w+|clocksource|tsc|"
    r"transparent_hugepage|hugepages|default_hugepagesz|numa_balancing)(=|$)"
)
_PROC = Path("/proc")
_CPU = Path("/sys/devices/system/cpu")
_CGROUP = Path("/sys/fs/cgroup")


def host_facts() -> Facts:
    """Return the facts that make the fingerprint: different values, different experiment."""
    return _collect(
        {
            "cpu_model": cpu_model,
            "cpu_flags": lambda: _cpuinfo("flags"),
            "cpu_caches": _caches,
            "physical_cores_count": lambda: len(physical_cores()),
            "usable_cpus": lambda: list(usable_cpus()),
            "smt": lambda: _read(_CPU / "smt" / "control"),
            "numa_nodes": lambda: _read(Path("/sys/devices/system/node/online")),
            "governor": lambda: _read(_CPU / "cpu0" / "cpufreq" / "scaling_governor"),
            "hypervisor": _hypervisor,
            "memory_bytes": lambda: os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "huge_pages": lambda: _read(Path("/sys/kernel/mm/transparent_hugepage/enabled")),
            "system": platform.system,
            "kernel": platform.release,
            "kernel_parameters": _kernel_parameters,
            "mitigations": _mitigations,
            "clock_source": lambda: _read(
                Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
            ),
            "libc": lambda: " ".join(platform.libc_ver()).strip() or None,
            "python": platform.python_version,
            "packages": package_versions,
            "environment": lambda: {
                name: DIRECTORIES.sub("", value)
                for name, value in sorted(os.environ.items())
                if VARIABLES.fullmatch(name)
            },
        }
    )


def moment_facts() -> Facts:
    """Return how this host is just now; taken before and after each restart."""
    return _collect(
        {
            "load": lambda: list(os.getloadavg()),
            "frequency_mhz": lambda: _cpuinfo("cpu MHz"),
            "throttle_count": lambda: _read(
                _CPU / "cpu0" / "thermal_throttle" / "core_throttle_count"
            ),
            "cpu_ticks": lambda: _line(_PROC / "stat", "cpu "),
            "swap": lambda: [_line(_PROC / "vmstat", "pswpin"), _line(_PROC / "vmstat", "pswpout")],
            "quota": lambda: _read(_CGROUP / "cpu.max"),
            "quota_throttled": lambda: _line(_CGROUP / "cpu.stat", "nr_throttled"),
            "pressure_cpu": lambda: _line(_PROC / "pressure" / "cpu", "some"),
            "pressure_memory": lambda: _line(_PROC / "pressure" / "memory", "some"),
        }
    )


def cpu_model() -> str:
    """Return the processor's name in the words of the system."""
    if platform.system() == "Darwin":
        sysctl = shutil.which("sysctl") or "sysctl"
        output = subprocess.run(
            [sysctl, "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=True
        )
        return output.stdout.strip()
    return _cpuinfo("model name")


def machine_name() -> str:
    """Return a name made of what this machine is, such as ``amd-epyc-2c``; never its host name."""
    try:
        model = cpu_model()
    except (LookupError, OSError, subprocess.SubprocessError):
        model = platform.machine() or "unknown"
    model = re.sub(r"\((r|tm)\)|\bcpu\b|\bprocessor\b|@.*|\d+-core", " ", model.lower())
    slug = re.sub(r"[^a-z0-9]+", "-", model).strip("-")
    return f"{slug[:48].strip('-') or 'machine'}-{len(physical_cores())}c"


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that a measurement depends on."""
    return {name: metadata.version(name) for name in PACKAGES}


def _collect(sources: dict[str, Callable[[], object]]) -> Facts:
    facts: Facts = {}
    for name, source in sources.items():
        try:
            facts[name] = source()
        except (LookupError, OSError, ValueError, subprocess.SubprocessError) as error:
            facts[name] = None
            facts[f"{name}_missing"] = _reason(error)
    return facts


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _read(path: Path) -> str:
    return path.read_text().strip()


def _line(path: Path, prefix: str) -> str:
    for line in path.read_text().splitlines():
        if line.startswith(prefix):
            return line.removeprefix(prefix).strip()
    raise LookupError(f"{path} has no line '{prefix.strip()}'")


def _cpuinfo(key: str) -> str:
    for line in (_PROC / "cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    raise LookupError(f"{_PROC / 'cpuinfo'} has no '{key}'")


def _caches() -> list[str]:
    caches = sorted((_CPU / "cpu0" / "cache").glob("index*"))
    if not caches:
        raise LookupError(f"{_CPU / 'cpu0' / 'cache'} is empty")
    return [f"L{_read(c / 'level')} {_read(c / 'type')} {_read(c / 'size')}" for c in caches]


def _hypervisor() -> str:
    if "hypervisor" not in _cpuinfo("flags").split():
        return "none"
    try:
        return _read(Path("/sys/hypervisor/type"))
    except OSError:
        return "yes"


def _kernel_parameters() -> list[str]:
    return [word for word in _read(_PROC / "cmdline").split() if KERNEL_PARAMETERS.match(word)]


def _mitigations() -> dict[str, str]:
    return {p.name: _read(p) for p in sorted((_CPU / "vulnerabilities").iterdir())}
