"""Reads facts from their sources; a fact that cannot be read gets a reason."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.records import Facts

PROC = Path("/proc")
CPU = Path("/sys/devices/system/cpu")
CGROUP = Path("/sys/fs/cgroup")
_SYSTEM = ("/proc/", "/sys/")


def collect(sources: dict[str, Callable[[], object]]) -> Facts:
    """Return the value of each source, or None and a reason under ``<name>_missing``."""
    facts: Facts = {}
    for name, source in sources.items():
        try:
            facts[name] = source()
        except (LookupError, OSError, ValueError, subprocess.SubprocessError) as error:
            facts[name] = None
            facts[f"{name}_missing"] = _reason(error)
    return facts


def known_facts(sent: Facts, names: Iterable[str]) -> Facts:
    """Return the facts that another machine sent, only those with a known name.

    Parameters
    ----------
    names : iterable of str
        The known names; each with ``_missing`` added is known as well.
    """
    known_names = {key for name in names for key in (name, f"{name}_missing")}
    return {name: value for name, value in sent.items() if name in known_names}


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
    """Return the value of ``key`` of the first processor."""
    for text in (PROC / "cpuinfo").read_text().splitlines():
        name, _, value = text.partition(":")
        if name.strip() == key:
            return value.strip()
    raise LookupError(f"{PROC / 'cpuinfo'} has no '{key}'")


def _reason(error: Exception) -> str:
    """Return why a fact is missing, without a user's path and without arguments of a command."""
    if isinstance(error, OSError):
        path = str(error.filename or "")
        name = path if path.startswith(_SYSTEM) else Path(path).name
        return f"{name}: {error.strerror}" if name else str(error.strerror)
    if isinstance(error, subprocess.CalledProcessError):
        command = error.cmd if isinstance(error.cmd, str) else error.cmd[0]
        return f"{Path(command).name} failed with exit code {error.returncode}"
    return (
        str(error) if isinstance(error, LookupError) else f"cannot be read: {type(error).__name__}"
    )
