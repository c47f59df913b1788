"""Parts of a run that decode, and do not belong together."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from bench.config import NAME_PATTERN, NAME_RULE
from bench.records import BlockRecord, Cell, CellLengths, Experiment, RunInfo, Schedule
from bench.store.documents import MEASURE_AGAIN, damaged

MAX_CELLS = 4096
_YEARS = range(1970, 3000)


class _SourceFile(msgspec.Struct):
    """What a page says about a file that was imported."""

    role: str
    name: str
    sha256: str


def check_info(info: RunInfo, path: Path) -> None:
    """Refuse a description whose parts do not fit each other.

    Raises
    ------
    DataError
        Naming the first part.
    """
    for problem in _info_problems(info):
        raise damaged(str(path), problem)


def check_schedule(schedule: Schedule, experiment: Experiment, path: Path) -> None:
    """Refuse a schedule of other cells than those of the experiment, or that names one twice.

    Parameters
    ----------
    schedule : Schedule
        The order that was planned.
    experiment : Experiment
        What the run measures.
    path : Path
        Where the schedule is.

    Raises
    ------
    DataError
        Naming the first such block.
    """
    planned, indices = set(experiment.cells), set[int]()
    for block in schedule.blocks:
        visits = [
            (restart.threads, visit) for restart in block.restarts for visit in restart.visits
        ]
        cells = [Cell(batch_size=visit.batch_size, threads=threads) for threads, visit in visits]
        arms = [visit.arms for _, visit in visits]
        if not cells or not planned.issuperset(cells):
            raise damaged(str(path), f"its block {block.index} plans cells that the run has not")
        if len(set(cells)) < len(cells) or any(len(set(each)) < len(each) for each in arms):
            raise damaged(str(path), f"its block {block.index} plans a cell or an arm twice")
        if block.index in indices:
            raise damaged(str(path), f"its block {block.index} is there twice")
        indices.add(block.index)


def check_record(record: BlockRecord, index: int, path: Path) -> None:
    """Refuse the record of another block, or of one that began at no time.

    Parameters
    ----------
    record : BlockRecord
        What is stored with the block.
    index : int
        The block's number.
    path : Path
        The block's file.

    Raises
    ------
    DataError
        Naming what is wrong.
    """
    if record.index != index:
        raise damaged(str(path), f"it has the record of block {record.index}", MEASURE_AGAIN)
    if not _is_moment(record.started_at):
        raise damaged(str(path), f"it began at {record.started_at!r}", MEASURE_AGAIN)


def _info_problems(info: RunInfo) -> Iterator[str]:
    experiment = info.experiment
    for field, name in (("machine", info.machine), ("run", info.run)):
        if not NAME_PATTERN.fullmatch(name):
            yield f"{field} {name!r} cannot name a folder ({NAME_RULE})"
    if not _is_moment(info.created_at):
        yield f"created_at {info.created_at!r} is no date"
    counts = experiment.batch_sizes, experiment.threads
    if any(len(set(each)) < len(each) for each in counts):
        yield "a batch size or thread count is there twice"
    if len(counts[0]) * len(counts[1]) > MAX_CELLS:
        yield f"it plans more than {MAX_CELLS} cells"
    try:
        msgspec.convert(info.source.get("files", []), list[_SourceFile])
    except msgspec.ValidationError as error:
        yield f"a file of its source: {error}"
    if not info.source and not all(_measures(length) for length in experiment.lengths):
        yield "a segment has no latency request"
    if len(experiment.lengths) != len(experiment.batch_sizes):
        yield f"it has {len(experiment.lengths)} lengths for {len(counts[0])} batch sizes"


def _measures(lengths: CellLengths) -> bool:
    return lengths.local.latency_count > 0 and lengths.remote.latency_count > 0


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).year in _YEARS
    except ValueError:
        return False
