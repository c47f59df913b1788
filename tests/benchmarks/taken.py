"""What a command takes: wall time, and CPU time, which waiting for others does not lengthen.

A machine that others share is at times half as fast as at others. So the least of a few calls
counts, and beside it stands what a fixed piece of work took in the same minutes.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
REPEATS = 3


class Taken(NamedTuple):
    """What one call of a command took, and what it said on standard error."""

    wall_s: float
    cpu_s: float
    errors: str

    def __str__(self) -> str:
        return f"{self.wall_s:.2f} s ({self.cpu_s:.2f} s of CPU)"


def run(command: Sequence[str], folder: Path) -> Taken:
    """Run a command in a folder; if it fails, end as it says."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    cpu_before_s, begun = _children_cpu_s(), time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    wall_s, cpu_s = time.perf_counter() - begun, _children_cpu_s() - cpu_before_s
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return Taken(wall_s, cpu_s, done.stderr)


def least(command: Sequence[str], folder: Path) -> Taken:
    """Run a command a few times, and return what the quickest call took."""
    return min(run(command, folder) for _ in range(REPEATS))


def beside_seaborn(taken: Taken) -> str:
    """Return what a command took, beside what it takes now to start Python and import seaborn."""
    imported = least([sys.executable, "-c", "import seaborn"], ROOT)
    ratio = taken.wall_s / imported.wall_s
    return f"{taken}, {ratio:.2f} times an import of seaborn ({imported.wall_s:.2f} s)"


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
