"""A stored run, loaded once: its description, the records of its blocks, and their rows."""

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from bench.errors import DataError
from bench.host.validity import invalid_blocks
from bench.records import Block, BlockRecord, Budget, RunInfo
from bench.store.aggregate_file import AGGREGATES_FILE
from bench.store.checks import check_record, check_schedule
from bench.store.folder import BUDGET_FILE, RUN_FILE, SCHEDULE_FILE, RunFolder
from bench.store.read import read_rows

_READERS = 2


class RunFile(NamedTuple):
    """A file of a run: where it is, its size and its digest."""

    path: Path
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was when it was loaded; only the rows of a block may be read twice.

    ``measured`` are the complete blocks as they were planned, and ``records`` their records, in
    order. ``files`` are all that a page offers for download, without their content. An imported
    run has aggregates among them, and no blocks.
    """

    path: Path
    info: RunInfo
    budget: Budget | None
    measured: tuple[Block, ...]
    records: tuple[BlockRecord, ...]
    invalid_blocks: frozenset[int]
    files: tuple[RunFile, ...]

    def blocks(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of one block after the other; see :func:`bench.store.read.read_rows`.

        Blocks are read while others are used, so that a few are in memory.
        """
        read = partial(read_rows, RunFolder(self.path), self.info.experiment)
        futures: deque[Future[dict[str, Any]]] = deque()
        with ThreadPoolExecutor(_READERS) as readers:
            for block in self.measured:
                counts = block.index not in self.invalid_blocks
                futures.append(readers.submit(read, block, counts=counts))
                if len(futures) > _READERS:
                    yield futures.popleft().result()
            while futures:
                yield futures.popleft().result()


def load_run(path: Path) -> Run:
    """Return a run with at least one block, or an imported one.

    Raises
    ------
    DataError
        If there is no run, a file is missing, damaged, foreign or newer, or no block is complete.
    """
    folder = RunFolder(path)
    info = folder.info
    if info.source:
        return Run(path, info, None, (), (), frozenset(), run_files(path))
    schedule = folder.schedule
    check_schedule(schedule, info.experiment, path / SCHEDULE_FILE)
    planned = {block.index: block for block in schedule.blocks}
    stored = folder.complete_blocks()
    if not stored:
        raise DataError(f"{path} has no complete block yet; run 'scalebench measure'.")
    for index in stored:
        if index not in planned:
            raise DataError(
                f"{folder.block_path(index)} is not in the schedule of its run; move it elsewhere."
            )
    records = tuple(folder.read_record(index) for index in stored)
    for record, index in zip(records, stored, strict=True):
        check_record(record, index, folder.block_path(index))
    return Run(
        path=path,
        info=info,
        budget=folder.budget,
        measured=tuple(planned[index] for index in stored),
        records=records,
        invalid_blocks=invalid_blocks(records),
        files=run_files(path),
    )


def run_files(path: Path) -> tuple[RunFile, ...]:
    """Return the files of a run that a page offers, by name.

    Raises
    ------
    DataError
        If there is no run, or a file of it is missing or cannot be read.
    """
    folder = RunFolder(path)
    names = [RUN_FILE, AGGREGATES_FILE if folder.info.source else SCHEDULE_FILE]
    names += [BUDGET_FILE] if folder.budget is not None else []
    names += [folder.block_path(index).name for index in folder.complete_blocks()]
    return tuple(_file(path / name) for name in sorted(names))


def _file(path: Path) -> RunFile:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return RunFile(path, file.tell(), digest)
    except OSError as error:
        raise DataError(
            f"cannot read {path}: {error.strerror}; restore it from a copy of the run."
        ) from error
