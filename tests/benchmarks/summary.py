"""``python -m tests.benchmarks.summary``: what ``scalebench summary`` of 1,000,000 rows takes.

The limits, 2 s and 500 MB on 2 cores, are those of the whole command, which starts, imports,
reads and prints. The run is made up.
"""

import re
import sys
import tempfile
from pathlib import Path

import msgspec

from bench.plan import make_block
from bench.records import Experiment, SegmentLength
from bench.store.read import rows_of_block
from tests.benchmarks.taken import REPEATS, ROOT, Taken, beside_seaborn, run
from tests.page.factory import make_info
from tests.store.factory import make_run

ROWS = 1_000_000
BLOCKS = 40
LIMIT_S = 2.0
LIMIT_MB = 500
# The process itself knows its peak: the one that a parent is told begins at the parent's size.
_COMMAND = """
import atexit, sys
from pathlib import Path
from bench.cli import main
atexit.register(lambda: print(Path("/proc/self/status").read_text(), file=sys.stderr))
main()
"""


def main() -> None:
    """Print one line; end with 1 above a limit."""
    experiment = large_experiment()
    rows = sum(rows_of_block(experiment, make_block(experiment, i + 1)) for i in range(BLOCKS))
    with tempfile.TemporaryDirectory() as folder:
        large = make_run(Path(folder) / "run", BLOCKS, experiment=experiment)
        taken, peak_mb = min(summarise(large.path) for _ in range(REPEATS))
    print(
        f"summary of {rows:,} rows, {len(experiment.cells)} cells, {BLOCKS} blocks: "
        f"{beside_seaborn(taken)}, {peak_mb:.0f} MB at most"
    )
    if taken.wall_s > LIMIT_S or peak_mb > LIMIT_MB:
        sys.exit(f"summary took more than {LIMIT_S:.0f} s or {LIMIT_MB} MB.")


def large_experiment() -> Experiment:
    """Return an experiment of all batch sizes, its segments so long that the rows come together."""
    experiment = make_info().experiment
    visits = [visit for restart in make_block(experiment, 1).restarts for visit in restart.visits]
    segments = sum(len(visit.arms) for visit in visits)
    length = SegmentLength(
        warmup_count=2, latency_count=ROWS // BLOCKS // segments, burst_count=8, probe_count=2
    )
    return msgspec.structs.replace(experiment, lengths=(length,) * len(experiment.batch_sizes))


def summarise(run_dir: Path) -> tuple[Taken, float]:
    """Run the command, and return what it took, and its peak memory [MB]."""
    taken = run([sys.executable, "-c", _COMMAND, "summary", str(run_dir)], ROOT)
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", taken.errors, re.MULTILINE)
    assert peak
    return taken, int(peak[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
