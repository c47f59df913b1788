"""The expected errors, each with its exit code.

Packages raise these; only :mod:`bench.cli` prints them and exits. Each message says
what happened, with which value, where, and what to do about it.
"""

from typing import ClassVar

EXIT_OK = 0
EXIT_CRASH = 1
EXIT_SLOWER = 10
EXIT_MISSED = 11


class ScalebenchError(Exception):
    """An expected failure: one clear message and a documented exit code."""

    exit_code: ClassVar[int]


class UsageError(ScalebenchError):
    """A flag or value that cannot be used (exit 2)."""

    exit_code = 2


class DataError(ScalebenchError):
    """Stored data or a page that is missing, foreign, damaged or different (exit 3)."""

    exit_code = 3


class HostError(ScalebenchError):
    """What the command needs is not on this machine: a file, a right, a library (exit 4)."""

    exit_code = 4


class WorkerError(ScalebenchError):
    """The worker is unreachable, refuses, ended or answered wrongly (exit 5)."""

    exit_code = 5


class WorkerLost(WorkerError):  # noqa: N818 - named for what happened
    """A worker ended or became silent; measuring the block again may help (exit 5)."""


class Interrupted(ScalebenchError):  # noqa: N818 - not a fault, so not an error by name
    """Ctrl-C, SIGTERM or SIGHUP, with the usual exit code of 128 + SIGINT."""

    exit_code = 130


BY_EXIT_CODE: dict[int, type[ScalebenchError]] = {
    kind.exit_code: kind for kind in (UsageError, DataError, HostError, WorkerError)
}

EXIT_CODES: dict[int, str] = {
    EXIT_OK: "done",
    EXIT_CRASH: "a fault of scalebench itself: please report it",
    UsageError.exit_code: "usage: a flag or a value that cannot be used",
    DataError.exit_code: (
        "data: a stored file or a page that is missing, damaged, foreign, newer or different"
    ),
    HostError.exit_code: (
        "environment: a file, a folder, a right or room on the disk is missing on this machine"
    ),
    WorkerError.exit_code: "worker: unreachable, busy, another one, dead, or wrong",
    EXIT_SLOWER: "slower: `compare` only",
    EXIT_MISSED: "missed: `calibrate` only",
    Interrupted.exit_code: "interrupted by Ctrl-C, SIGTERM or SIGHUP",
}
"""Each exit code and its meaning, as in README and on the site's page on the method."""
