"""``python -m tests.benchmarks.summary``: what a large run takes to be summarised.

The limits of ``scalebench summary`` for 1,000,000 rows, 2 s and 500 MB on 2 cores, are those of the
whole command, which starts, imports, reads and prints. The run is made up; ``make large`` has one
of ten times as many rows.
"""

import re
import sys
import tempfile
from pathlib import Path

from bench.plan import make_block
from bench.store.read import rows_of_block
from tests.benchmarks.made_rows import long_experiment
from tests.benchmarks.taken import REPEATS, ROOT, Taken, beside_seaborn, run
from tests.store.factory import make_run

ROWS = 1_000_000
BLOCKS = 40
LIMIT_S = 2.0
LIMIT_MB = 500
# A process itself knows its peak: the one that a parent is told begins at the parent's size.
_COMMAND = """
import atexit, sys
from pathlib import Path
from bench.cli import main
atexit.register(lambda: print(Path("/proc/self/status").read_text(), file=sys.stderr))
main()
"""


def main() -> None:
    """Print what the command took; end with 1 above a limit."""
    experiment = long_experiment(ROWS // BLOCKS)
    rows = sum(rows_of_block(experiment, make_block(experiment, i + 1)) for i in range(BLOCKS))
    with tempfile.TemporaryDirectory() as top:
        large = make_run(Path(top) / "run", BLOCKS, experiment=experiment)
        taken, peak_mb = min(command("summary", large.path) for _ in range(REPEATS))
    said = f"{beside_seaborn(taken)}, {peak_mb:.0f} MB at most"
    print(f"summary of {rows:,} rows, {BLOCKS} blocks: {said}")
    if taken.wall_s > LIMIT_S or peak_mb > LIMIT_MB:
        sys.exit(f"summary took more than {LIMIT_S:.0f} s or {LIMIT_MB} MB.")


def command(*words: object) -> tuple[Taken, float]:
    """Run a command, and return what it took, and its peak memory [MB]."""
    taken = run([sys.executable, "-c", _COMMAND, *map(str, words)], ROOT)
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", taken.errors, re.MULTILINE)
    assert peak
    return taken, int(peak[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
