"""Facts of this host: what it is, which must not change within a run.

A missing fact is None, with its reason under ``<name>_missing``. No fact names the host or a user.
"""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from bench.host import sources
from bench.host.cores import physical_cores, usable_cpus
from bench.host.sources import collect, cpuinfo, known_facts, read
from bench.records import Facts

PACKAGES = ("torch", "torchvision", "pyzmq", "numpy", "msgspec", "pillow")
VARIABLES = re.compile(
    r"(OMP|KMP|GOMP|MKL|ONEDNN|DNNL|OPENBLAS|MALLOC|ATEN|TORCH|PYTORCH|THP)_\w+|"
    r"GLIBC_TUNABLES|LD_PRELOAD"
)
# The folder of a preloaded library may name a user; which library it is does not.
DIRECTORIES = re.compile(r"[^\s:;,=]*/")
# Only what can change a measurement: a whole command line may name disks, hosts or secrets.
KERNEL_PARAMETERS = re.compile(
    r"(mitigations|isolcpus|nohz|nohz_full|rcu_nocbs|intel_pstate|amd_pstate|nosmt|preempt|"
    r"processor\.max_cstate|intel_idle\.max_cstate|idle|cpuidle\.\w+|clocksource|tsc|"
    r"transparent_hugepage|hugepages|default_hugepagesz|numa_balancing)(=|$)"
)


def host_facts() -> Facts:
    """Return the facts of this host; runs on hosts with different facts are not continued."""
    return collect(_SOURCES)


def known_host_facts(sent: Facts) -> Facts:
    """Return the facts that a worker sent of its host, only those that this host has, too."""
    return known_facts(sent, _SOURCES)


def cpu_model() -> str:
    """Return the processor's name as the system reports it."""
    if platform.system() == "Darwin":
        sysctl = shutil.which("sysctl") or "sysctl"
        output = subprocess.run(
            [sysctl, "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=True
        )
        return output.stdout.strip()
    try:
        return cpuinfo("model name")
    except LookupError:  # ARM: the names of its implementers' parts are in lscpu
        return _lscpu("Model name:")


def _lscpu(key: str) -> str:
    program = shutil.which("lscpu")
    if program is None:
        raise LookupError("/proc/cpuinfo names no model, and lscpu is not installed")
    output = subprocess.run(
        [program], capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"}
    ).stdout
    for text in output.splitlines():
        if text.startswith(key) and (value := text.removeprefix(key).strip()) not in ("", "-"):
            return value
    raise LookupError(f"lscpu reports no {key.rstrip(':').lower()}")


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


def _caches() -> list[str]:
    caches = sorted((sources.CPU / "cpu0" / "cache").glob("index*"))
    if not caches:
        raise LookupError(f"{sources.CPU / 'cpu0' / 'cache'} is empty")
    return [f"L{read(c / 'level')} {read(c / 'type')} {read(c / 'size')}" for c in caches]


def _boost() -> str:
    """Return ``1`` where the frequency may rise above its nominal one, else ``0``."""
    try:
        return read(sources.CPU / "cpufreq" / "boost")
    except OSError:
        turned_off = read(sources.CPU / "intel_pstate" / "no_turbo")
        return "0" if turned_off == "1" else "1"


def _hypervisor() -> str:
    if "hypervisor" not in cpuinfo("flags").split():
        return "none"
    try:
        return read(Path("/sys/hypervisor/type"))
    except OSError:
        return "yes"


def _kernel_parameters() -> list[str]:
    return [
        word for word in read(sources.PROC / "cmdline").split() if KERNEL_PARAMETERS.match(word)
    ]


def _mitigations() -> dict[str, str]:
    return {p.name: read(p) for p in sorted((sources.CPU / "vulnerabilities").iterdir())}


_SOURCES: dict[str, Callable[[], object]] = {
    "cpu_model": cpu_model,
    "cpu_flags": lambda: cpuinfo("flags"),
    "cpu_caches": _caches,
    "physical_cores_count": lambda: len(physical_cores()),
    "usable_cpus": lambda: list(usable_cpus()),
    "smt": lambda: read(sources.CPU / "smt" / "control"),
    "numa_nodes": lambda: read(Path("/sys/devices/system/node/online")),
    "governor": lambda: read(sources.CPU / "cpu0" / "cpufreq" / "scaling_governor"),
    "boost": _boost,
    "hypervisor": _hypervisor,
    "memory_bytes": lambda: os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
    "huge_pages": lambda: read(Path("/sys/kernel/mm/transparent_hugepage/enabled")),
    "system": platform.system,
    "kernel": platform.release,
    "kernel_parameters": _kernel_parameters,
    "mitigations": _mitigations,
    "clock_source": lambda: read(
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
