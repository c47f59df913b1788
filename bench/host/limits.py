"""What control groups and the system allow this process: memory, and open descriptors."""

import resource
from collections.abc import Iterator
from pathlib import Path

from bench.host import sources
from bench.host.sources import line, read

_MEMORY_FILES = (
    ("", "memory.max", "memory.current"),
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
)
"""Of version 2, which has no controller in its line, and of version 1."""
_NO_LIMIT = 1 << 60
"""Version 1 writes a number near the largest where there is no limit."""


def raise_descriptor_limit() -> None:
    """Let this process and its children open as many descriptors as the system allows them."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def memory_available_bytes() -> int:
    """Return how much memory a new process may use: the host and its control groups limit it.

    Raises
    ------
    LookupError, OSError
        If the system does not report it.
    """
    host = line(sources.PROC / "meminfo", "MemAvailable:").split()[0]
    left_bytes = memory_left_bytes()
    return min(int(host) << 10, left_bytes if left_bytes is not None else _NO_LIMIT)


def memory_left_bytes() -> int | None:
    """Return how much more memory the control groups allow; None where they set no limit."""
    left_bytes = [
        limit - used
        for controller, limit_name, used_name in _MEMORY_FILES
        for group in _groups(controller)
        if (limit := _number(group / limit_name)) is not None
        and limit < _NO_LIMIT
        and (used := _number(group / used_name)) is not None
    ]
    return max(0, min(left_bytes)) if left_bytes else None


def cpu_quota() -> str:
    """Return the tightest ``cpu.max`` of the groups, as its file has it: quota and period [us].

    Raises
    ------
    LookupError
        If no group has one.
    """
    quotas = [text for group in _groups("") if (text := _text(group / "cpu.max"))]
    for group in _groups("cpu"):
        quota, period = _text(group / "cpu.cfs_quota_us"), _text(group / "cpu.cfs_period_us")
        if quota and period:
            quotas.append(f"{'max' if quota == '-1' else quota} {period}")
    if not quotas:
        raise LookupError("no control group has a quota")
    return min(quotas, key=_cpus)


def _cpus(quota: str) -> float:
    spent, period = quota.split()
    return float("inf") if spent == "max" else int(spent) / int(period)


def _groups(controller: str) -> Iterator[Path]:
    """Yield the folders of this process's group of a controller and of those above it.

    Of version 2 where ``controller`` is empty.
    """
    text = _text(sources.PROC / "self" / "cgroup")
    for row in (text or "").splitlines():
        _, names, path = row.split(":", 2)
        if controller not in names.split(","):
            continue
        root = sources.CGROUP / controller
        group = root / path.lstrip("/")
        # In a container its own group is mounted at the root, and the path of the line is missing.
        yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(root))
        return


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text is not None and text.isdecimal() else None


def _text(path: Path) -> str | None:
    try:
        return read(path)
    except OSError:
        return None
