"""``python -m tests.benchmarks.summary``: what a large run takes to be summarised and reported.

The limits of ``scalebench summary`` for 1,000,000 rows, 2 s and 500 MB on 2 cores, are those of the
whole command, which starts, imports, reads and prints. A run of 10,000,000 rows is summarised and
reported within 1 GB. The runs are made up.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from bench.plan import make_block, make_schedule
from bench.records import CellLengths, Experiment, SegmentLength
from bench.store.folder import RunFolder
from bench.store.read import rows_of_block
from tests.benchmarks.taken import REPEATS, ROOT, Taken, beside_seaborn, run
from tests.page.factory import make_info
from tests.store.factory import make_run

ROWS = 1_000_000
BLOCKS = 40
TIMES = 10
LIMIT_S = 2.0
LIMIT_MB = 500
LIMIT_TIMES_MB = 1000
# A process itself knows its peak: the one that a parent is told begins at the parent's size.
_COMMAND = """
import atexit, sys
from pathlib import Path
from bench.cli import main
atexit.register(lambda: print(Path("/proc/self/status").read_text(), file=sys.stderr))
main()
"""


def main() -> None:
    """Print a line a measurement; end with 1 above a limit."""
    experiment = large_experiment()
    rows = sum(rows_of_block(experiment, make_block(experiment, i + 1)) for i in range(BLOCKS))
    with tempfile.TemporaryDirectory() as top:
        large = make_run(Path(top) / "run", BLOCKS, experiment=experiment)
        taken, peak_mb = min(command("summary", large.path) for _ in range(REPEATS))
        say("summary", rows, BLOCKS, beside_seaborn(taken), peak_mb)
        repeat_blocks(large)
        site = shutil.copytree(ROOT / "site", Path(top) / "site", ignore=_generated)
        for words in (("summary", large.path), ("report", large.path, "--site", site)):
            larger, larger_mb = command(*words)
            say(str(words[0]), TIMES * rows, TIMES * BLOCKS, str(larger), larger_mb)
            if larger_mb > LIMIT_TIMES_MB:
                sys.exit(f"{words[0]} took more than {LIMIT_TIMES_MB} MB.")
    if taken.wall_s > LIMIT_S or peak_mb > LIMIT_MB:
        sys.exit(f"summary took more than {LIMIT_S:.0f} s or {LIMIT_MB} MB.")


def say(name: str, rows: int, blocks: int, taken: str, peak_mb: float) -> None:
    """Print what a command took."""
    print(f"{name} of {rows:,} rows, {blocks} blocks: {taken}, {peak_mb:.0f} MB at most")


def large_experiment() -> Experiment:
    """Return an experiment of all batch sizes, its segments so long that the rows come together."""
    experiment = make_info().experiment
    visits = [visit for restart in make_block(experiment, 1).restarts for visit in restart.visits]
    segments = sum(len(visit.arms) for visit in visits)
    count = ROWS // BLOCKS // segments
    lengths = CellLengths(
        local=SegmentLength(warmup_count=2, latency_count=count),
        remote=SegmentLength(burst_count=8, latency_count=count, probe_count=2),
    )
    return msgspec.structs.replace(experiment, lengths=(lengths,) * len(experiment.batch_sizes))


def repeat_blocks(folder: RunFolder) -> None:
    """Make a run ``TIMES`` as long: its blocks follow once more, under other numbers."""
    folder.write_schedule(make_schedule(folder.info.experiment, TIMES * BLOCKS))
    for index in range(1 + BLOCKS, 1 + TIMES * BLOCKS):
        first = 1 + (index - 1) % BLOCKS
        table = pq.read_table(folder.block_path(first))
        at = table.schema.get_field_index("block")
        numbers = pa.array([index] * len(table), pa.int32())
        record = msgspec.structs.replace(folder.read_record(first), index=index)
        metadata = {**table.schema.metadata, b"scalebench_block": msgspec.json.encode(record)}
        numbered = table.set_column(at, table.schema.field(at), numbers)
        pq.write_table(numbered.replace_schema_metadata(metadata), folder.block_path(index))


def command(*words: object) -> tuple[Taken, float]:
    """Run a command, and return what it took, and its peak memory [MB]."""
    taken = run([sys.executable, "-c", _COMMAND, *map(str, words)], ROOT)
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", taken.errors, re.MULTILINE)
    assert peak
    return taken, int(peak[1]) * 1024 / 1e6


def _generated(_folder: str, names: list[str]) -> list[str]:
    kept = {"_config.yml", "_layouts", "_includes", "assets", "index.html"}
    return [name for name in names if _folder == str(ROOT / "site") and name not in kept]


if __name__ == "__main__":
    main()
