"""Where facts are read from, and how one that cannot be read says why."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from bench.records import Facts

PROC = Path("/proc")
CPU = Path("/sys/devices/system/cpu")
CGROUP = Path("/sys/fs/cgroup")


def collect(sources: dict[str, Callable[[], object]]) -> Facts:
    """Return what each source says; None, and the reason under ``<name>_missing``, if it fails."""
    facts: Facts = {}
    for name, source in sources.items():
        try:
            facts[name] = source()
        except (LookupError, OSError, ValueError, subprocess.SubprocessError) as error:
            facts[name] = None
            facts[f"{name}_missing"] = _reason(error)
    return facts


def read(path: Path) -> str:
    """Return the text of a small file of the system."""
    return path.read_text().strip()


def line(path: Path, prefix: str) -> str:
    """Return what follows ``prefix`` in the first line of ``path`` that begins with it."""
    for text in path.read_text().splitlines():
        if text.startswith(prefix):
            return text.removeprefix(prefix).strip()
    raise LookupError(f"{path} has no line '{prefix.strip()}'")


def cpuinfo(key: str) -> str:
    """Return what the first processor says under ``key``."""
    for text in (PROC / "cpuinfo").read_text().splitlines():
        name, _, value = text.partition(":")
        if name.strip() == key:
            return value.strip()
    raise LookupError(f"{PROC / 'cpuinfo'} has no '{key}'")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
