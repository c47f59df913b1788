"""``make soak``: requests for an hour, in which nothing leaks and the overhead does not drift.

usage: python -m tests.soak [MINUTES]

Prints a line a minute and a table at the end; the exit code is 1 if a limit is not kept. From
sixty minutes on the result is published: the page on the method shows it.
"""

import sys
from collections.abc import Sequence

from tests.promises import Kept, write_report
from tests.soak.client import FLOOR_QUANTILE
from tests.soak.limits import LEVEL, MEMORY, Check, check_all
from tests.soak.watch import ONE_CLIENT, Observed, Plan, soak

PUBLISHED_MINUTES = 60.0
_MINUTE_S = 60


def main(arguments: list[str]) -> int:
    """Soak, print what was found, and return the exit code."""
    minutes = float(arguments[0]) if arguments else PUBLISHED_MINUTES
    observed = soak(Plan(minutes * _MINUTE_S), say)
    checks = check_all(observed.readings, observed.turns, ONE_CLIENT)
    for row in table(checks):
        say(row)
    if not all(check.kept for check in checks):
        return 1
    if minutes >= PUBLISHED_MINUTES:
        say(str(write_report("soak", promises(observed, checks, minutes))))
    return 0


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def table(checks: Sequence[Check]) -> list[str]:
    """Return the lines of a table of checks."""
    rows = [("process", "figure", "after warm-up", "at the end", "change", "limit", "")]
    for check in checks:
        first, last = (f"{value:.4g} {check.unit}" for value in (check.first, check.last))
        result = "kept" if check.kept else "BROKEN"
        rows.append((check.process, check.figure, first, last, check.change, check.limit, result))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def promises(observed: Observed, checks: Sequence[Check], minutes: float) -> list[Kept]:
    """Return what was proved.

    Parameters
    ----------
    observed : Observed
        What was counted.
    checks : sequence of Check
        All of them kept, that of the floor last.
    minutes : float
        How long requests were made.
    """
    load = (
        f"{minutes:g} minutes of requests (1 and 8 images, 1 and 2 in flight) in one session; "
        "beside it, short sessions of another worker, one after the other"
    )
    memory = [check for check in checks if check.figure == MEMORY]
    most = max(memory, key=lambda check: check.last / check.first)
    return [
        Kept(
            "The memory of client and worker stays flat.",
            load,
            observed.requests_count,
            f"each of {len(memory)} processes keeps {most.limit}; most grows: {most.process}, "
            f"{most.change}",
        ),
        Kept(
            "A session leaves no descriptor and no thread behind, in the client or the worker.",
            load,
            observed.sessions_count,
            "no process has more at the end than after the warm-up",
        ),
        Kept(
            "The overhead of a request does not drift.",
            f"{load}; every {minutes / len(observed.turns):.1f} minutes the session and a fresh "
            "one in turns, and nothing beside them",
            len(observed.turns),
            f"its floor (the {FLOOR_QUANTILE:.0%} quantile of a turn, 1 image, 1 in flight) was "
            f"{checks[-1].last:.2f} times that of fresh sessions at the end; this changed by "
            f"{checks[-1].change}, with {LEVEL:.0%} interval",
        ),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
