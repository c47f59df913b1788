"""Where facts are read from, and how one that cannot be read says why."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.records import Facts

PROC = Path("/proc")
CPU = Path("/sys/devices/system/cpu")
CGROUP = Path("/sys/fs/cgroup")
_SYSTEM = ("/proc/", "/sys/")


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


def known_facts(sent: Facts, names: Iterable[str]) -> Facts:
    """Return the facts that another machine sent, without those that have no known name.

    Parameters
    ----------
    names : iterable of str
        The known names; with ``_missing`` behind it, each is the reason why the fact is missing.
    """
    known = {known_name for name in names for known_name in (name, f"{name}_missing")}
    return {name: value for name, value in sent.items() if name in known}


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
    """Return why a fact is missing, in words that name no path of a user and no command's words."""
    if isinstance(error, OSError):
        path = str(error.filename or "")
        shown = path if path.startswith(_SYSTEM) else Path(path).name
        return f"{shown}: {error.strerror}" if shown else str(error.strerror)
    if isinstance(error, subprocess.CalledProcessError):
        command = error.cmd if isinstance(error.cmd, str) else error.cmd[0]
        return f"{Path(command).name} failed with exit code {error.returncode}"
    return (
        str(error) if isinstance(error, LookupError) else f"cannot be read: {type(error).__name__}"
    )
