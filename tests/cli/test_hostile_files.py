"""Hostile files end a real command with one message, its exit code, and little memory."""

import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.cli.command import check_refused, finish, start
from tests.importing.packrat_files import write_old
from tests.store.hostile import BLOCK, change_table, small_run, with_column, with_metadata

MOST_MB = 500
"""A command that reads a good run of this size takes some 200 MB."""
DEEP = b"[" * 1_000_000
# A process itself knows its peak: the one that a parent is told begins at the parent's size.
WATCHED = """
import atexit, sys
from pathlib import Path
from bench.cli import main
peak = Path(sys.argv.pop(1))
atexit.register(lambda: peak.write_text(Path("/proc/self/status").read_text()))
main()
"""


def _bomb(run: Path) -> Path:
    change_table(
        run / BLOCK,
        lambda table: with_column("arm", pa.array(["a" * 2**29, *table["arm"].to_pylist()[1:]]))(
            table
        ),
        compression="zstd",
        use_dictionary=False,
        write_statistics=False,
    )
    return run / BLOCK


def _deep_record(run: Path) -> Path:
    change_table(run / BLOCK, with_metadata(scalebench_block=b'{"restarts": ' + DEEP))
    return run / BLOCK


def _deep_run(run: Path) -> Path:
    path = run / "run.json"
    path.write_bytes(path.read_bytes().replace(b'"client": {', b'"client": {"a": ' + DEEP, 1))
    return path


def _long_schedule(run: Path) -> Path:
    path = run / "schedule.json"
    with path.open("r+b") as file:
        file.truncate(16 * 1024**3)  # most of it takes no room on the disk
    return path


def _many_blocks(run: Path) -> Path:
    path = run / "schedule.json"
    blocks = b'{"index":1,"restarts":[]},' * 1_200_000
    path.write_bytes(b'{"seed": 1, "blocks": [' + blocks + b'{"index":1,"restarts":[]}]}')
    return path


def _many_empty_objects(run: Path) -> Path:
    path = run / "run.json"
    objects = b'"client": {"a": [' + b"{}," * 1_300_000 + b"NaN]"
    path.write_bytes(path.read_bytes().replace(b'"client": {', objects + b",", 1))
    return path


@pytest.mark.parametrize(
    "spoil", [_bomb, _deep_record, _deep_run, _long_schedule, _many_blocks, _many_empty_objects]
)
def test_a_hostile_run_is_refused_within_a_stated_memory(
    tmp_path: Path, spoil: Callable[[Path], Path]
) -> None:
    run = small_run(tmp_path).path
    path = spoil(run)
    before = {name: name.stat().st_mtime_ns for name in run.iterdir()}
    check_watched(tmp_path, path, "summary", run)
    assert {name: name.stat().st_mtime_ns for name in run.iterdir()} == before


@pytest.mark.parametrize(
    "make_content",
    [
        lambda: b",".join(b"c%d" % number for number in range(1_800_000)) + b"\r\n",
        lambda: b"a,b\r\n" + b"1,2\r\n" * 3_000_000,
        lambda: b"a\r\n" + b'"' + b"x" * 15_000_000,
    ],
    ids=["a million columns", "millions of rows", "a huge field"],
)
def test_a_hostile_table_is_refused_within_a_stated_memory(
    tmp_path: Path, make_content: Callable[[], bytes]
) -> None:
    latency, throughput = write_old(tmp_path)
    latency.write_bytes(make_content())
    names = ("--machine", "m", "--run", "r", "--data", tmp_path / "data")
    check_watched(tmp_path, latency, "import", "packrat", latency, throughput, *names)
    assert not (tmp_path / "data").exists()


def check_watched(folder: Path, path: Path, *arguments: object) -> None:
    """Check that a command refuses a file, and what memory it takes."""
    peak = folder / "peak"
    check_refused(finish(start(peak, *arguments, python=("-c", WATCHED))), 3, str(path))
    found = re.search(r"^VmHWM:\s+(\d+) kB$", peak.read_text(), re.MULTILINE)
    assert found
    assert int(found[1]) * 1024 / 1e6 < MOST_MB
