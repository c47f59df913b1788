"""``make large``: what ``summary`` and ``report`` take for a run of ten million rows.

usage: python -m tests.benchmarks.large_run [ROWS] [ROWS OF A BLOCK]

The run is made up, see :mod:`tests.benchmarks.made_rows`; its files are written by the store, with
the record of a block that a machine measured. Both commands are real processes. Memory is that of
the command and all its children together, every few hundredths of a second; pages that several of
them share count once.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.call_pool import CallPool
from bench.plan import make_schedule
from bench.store.folder import RunFolder
from bench.store.read import rows_of_block
from tests.benchmarks.made_rows import long_experiment, write_made_block
from tests.benchmarks.taken import ROOT
from tests.page.factory import make_info
from tests.site.generated import GENERATED

ROWS, BLOCK_ROWS = 10_000_000, 25_000
LIMIT_MB = 1000
LIMIT_ROW_BYTES = 40
_MEASURED = ROOT / "data" / "intel-xeon-2c" / "2026-11-27-5"
_PAUSE_S = 0.02
_SHARE = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)


class Large(NamedTuple):
    """A run on disk, and how many rows it has."""

    path: Path
    rows: int

    @property
    def row_bytes(self) -> float:
        """Bytes of all its files per row."""
        return sum(file.stat().st_size for file in self.path.iterdir()) / self.rows


class Watched(NamedTuple):
    """What a command took: wall time, and the memory of all its processes."""

    wall_s: float
    peak_mb: float


def main(arguments: list[str]) -> None:
    """Print a line a figure, each with its limit; end with 1 above a limit."""
    rows, block_rows = (*map(int, arguments), *(ROWS, BLOCK_ROWS)[len(arguments) :])
    with tempfile.TemporaryDirectory() as top:
        begun = time.perf_counter()
        large = make_large_run(Path(top) / "run", rows, block_rows)
        blocks = len(RunFolder(large.path).complete_blocks())
        took_s = time.perf_counter() - begun
        print(f"{large.rows:,} rows in {blocks} blocks, made in {took_s:.0f} s")
        print(f"storage: {large.row_bytes:.1f} bytes a row (at most {LIMIT_ROW_BYTES})")
        exceeded = ["storage"] if large.row_bytes > LIMIT_ROW_BYTES else []
        for name, command in commands(large, Path(top) / "site").items():
            taken = watch(command)
            print(f"{name}: {taken.wall_s:.1f} s (no limit), ", end="")
            print(f"{taken.peak_mb:.0f} MB at most (at most {LIMIT_MB})")
            exceeded += [name] if taken.peak_mb > LIMIT_MB else []
    if exceeded:
        sys.exit(f"above its limit: {', '.join(exceeded)}.")


def make_large_run(path: Path, rows: int, block_rows: int = BLOCK_ROWS) -> Large:
    """Write a run of about so many rows.

    Parameters
    ----------
    path : Path
        The run's folder.
    rows : int
        At least those of one block.
    block_rows : int
        About how many rows a block has.
    """
    experiment = long_experiment(block_rows)
    schedule = make_schedule(experiment, 1)
    each = rows_of_block(experiment, schedule.blocks[0])
    schedule = make_schedule(experiment, max(1, round(rows / each)))
    RunFolder(path).create(make_info(experiment=experiment), schedule)
    record = RunFolder(_MEASURED).read_record(1)
    with contextlib.closing(CallPool(os.cpu_count() or 1, {})) as pool:
        calls = [
            pool.submit(partial(write_made_block, path, experiment, block, record))
            for block in schedule.blocks
        ]
        for call in calls:
            call.result()
    return Large(path, each * len(calls))


def commands(large: Large, site: Path) -> dict[str, list[str]]:
    """Return the commands that are watched, by name; what they need is made."""
    shutil.copytree(ROOT / "site", site, ignore=shutil.ignore_patterns(*GENERATED))
    report = ["report", str(large.path), "--site", str(site)]
    return {
        name: [sys.executable, "-m", "bench", *words]
        for name, words in (("summary", ["summary", str(large.path)]), ("report", report))
    }


def watch(command: Sequence[str]) -> Watched:
    """Run a command from the top folder, and return what it took; if it fails, end as it says."""
    begun, peak = time.perf_counter(), 0
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=said) as process,
    ):
        while process.poll() is None:
            peak = max(peak, _resident_bytes(process.pid))
            time.sleep(_PAUSE_S)
        wall_s = time.perf_counter() - begun
        if process.returncode:
            said.seek(0)
            sys.exit(said.read())
    return Watched(wall_s, peak / 1e6)


def _resident_bytes(pid: int) -> int:
    """Return the memory of a process and its children; of a shared page each has its share."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(OSError):  # it has ended
                share = _SHARE.search(Path(f"/proc/{each.pid}/smaps_rollup").read_text())
                total += 1024 * int(share[1]) if share else 0
    return total


if __name__ == "__main__":
    main(sys.argv[1:])
