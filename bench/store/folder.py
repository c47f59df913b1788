"""A run's folder: what is in it, written so that a kill at any moment leaves whole files only."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa

from bench.config import CODEC
from bench.errors import DataError, HostError
from bench.records import (
    SYNTHETIC,
    BlockRecord,
    Budget,
    CellLengths,
    RunInfo,
    Sample,
    Schedule,
    SegmentLength,
)
from bench.store.block_file import encode_block, read_block_record, read_block_table
from bench.store.checks import check_info
from bench.store.documents import MAX_SCHEDULE_BYTES, damaged, read_document
from bench.store.files import remove_leftovers, replace_file
from bench.store.schema import SCHEMA, SCHEMA_VERSION

RUN_FILE = "run.json"
SCHEDULE_FILE = "schedule.json"
BUDGET_FILE = "budget.json"
NO_BLOCK = "no complete block"
"""The kind of a run of which nothing can be reported yet."""
_SHARED_LENGTH_SCHEMA, _SHARED_ENGINE_SCHEMA = 3, 4
"""Up to these schema versions the segments of both arms had one length, and one engine."""


class _Versioned(msgspec.Struct):
    schema_version: int


class RunFolder:
    """``data/<machine>/<run>/``: ``run.json``, ``schedule.json`` and one Parquet file per block."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def info(self) -> RunInfo:
        """The description of the run."""
        path = self.path / RUN_FILE
        # The version first: a newer file may have fields that this version does not have.
        version = read_document(path, _Versioned).schema_version
        if version > SCHEMA_VERSION:
            raise DataError(
                f"{path} has schema version {version}; this version reads up to {SCHEMA_VERSION}: "
                "update scalebench."
            )
        info = (
            read_document(path, RunInfo)
            if version > _SHARED_ENGINE_SCHEMA
            else _read_older(path, version)
        )
        check_info(info, path)
        return info

    @property
    def schedule(self) -> Schedule:
        """The order that was planned."""
        return read_document(self.path / SCHEDULE_FILE, Schedule, MAX_SCHEDULE_BYTES)

    def make(self) -> None:
        """Make the folder, if it is not there yet.

        Raises
        ------
        HostError
            If it cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def create(self, info: RunInfo, schedule: Schedule | None = None) -> None:
        """Write what the run is and its schedule, before anything is measured.

        An imported run has no schedule: the order in which it was measured is not known.
        """
        self.make()
        if schedule is not None:
            self.write_schedule(schedule)
        write_atomically(self.path / RUN_FILE, _json(info))

    def discard(self) -> None:
        """Remove a run that has no block, and its folder."""
        for name in (RUN_FILE, SCHEDULE_FILE, BUDGET_FILE):
            remove_leftovers(self.path / name)
            (self.path / name).unlink(missing_ok=True)
        self.path.rmdir()

    def write_schedule(self, schedule: Schedule) -> None:
        """Write the schedule; one that is there already must be its beginning.

        Raises
        ------
        DataError
            If the blocks measured so far were planned otherwise.
        """
        path = self.path / SCHEDULE_FILE
        if path.exists():
            planned = self.schedule.blocks
            shorter = min(len(planned), len(schedule.blocks))
            if planned[:shorter] != schedule.blocks[:shorter]:
                raise DataError(
                    f"{path} plans other blocks than this version does; start a new run with --new."
                )
            if len(planned) >= len(schedule.blocks):
                return
        write_atomically(path, msgspec.json.encode(schedule) + b"\n")

    def write_budget(self, budget: Budget) -> None:
        """Write the budget, which limits how long the run is measured."""
        write_atomically(self.path / BUDGET_FILE, _json(budget))

    @property
    def budget(self) -> Budget | None:
        """The budget that the run was last measured with; None where none is stored."""
        path = self.path / BUDGET_FILE
        return read_document(path, Budget) if path.exists() else None

    def block_path(self, index: int) -> Path:
        """Return where block ``index`` is stored."""
        return self.path / f"block-{index:03d}.parquet"

    def complete_blocks(self) -> list[int]:
        """Return the numbers of the stored blocks."""
        numbers = (path.stem.removeprefix("block-") for path in self.path.glob("block-*.parquet"))
        return sorted(int(number) for number in numbers if number.isdecimal())

    def write_block(self, record: BlockRecord, samples: Iterable[Sample]) -> None:
        """Store a complete block: its rows, and its record as metadata."""
        write_atomically(self.block_path(record.index), encode_block(record, samples))

    def read_table(
        self, index: int, columns: Sequence[str] = SCHEMA.names, rows: int | None = None
    ) -> pa.Table:
        """Return columns of a block.

        Parameters
        ----------
        index : int
            The number of the block.
        columns, rows
            See :func:`bench.store.block_file.read_block_table`, also for what is raised.
        """
        return read_block_table(self.block_path(index), columns, rows)

    def read_records(self) -> list[BlockRecord]:
        """Return the records of all stored blocks, in order."""
        return [self.read_record(index) for index in self.complete_blocks()]

    def read_record(self, index: int) -> BlockRecord:
        """Return the record of a block, without reading its rows.

        Raises
        ------
        DataError
            If the file is damaged, foreign or newer.
        """
        return read_block_record(self.block_path(index))


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is there as a whole or not at all, and stays after a power cut.

    Raises
    ------
    HostError
        If the folder cannot be written or the disk is full.
    """
    try:
        replace_file(path, content, durable=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> HostError:
    return HostError(
        f"cannot write {path}: {error.strerror}; what was measured before is kept. Make room or "
        "give another folder, and run the same command again."
    )


def _json(value: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _read_older(path: Path, version: int) -> RunInfo:
    """Return the description of a run from a file of an earlier schema."""
    document = read_document(path, dict)
    try:
        experiment = document["experiment"]
        if version <= _SHARED_LENGTH_SCHEMA:
            experiment["lengths"] = _both_lengths(experiment["lengths"])
        engine = {name: experiment.pop(name) for name in ("model", "weights")}
        experiment["engines"] = {"local": engine, "remote": engine}
        experiment["load"] = {"in_flight_count": experiment.pop("in_flight_count")}
        experiment |= {"codec": CODEC, "input": SYNTHETIC}
        return msgspec.convert(document, RunInfo)
    except (AttributeError, KeyError, TypeError, msgspec.ValidationError) as error:
        raise damaged(str(path), error) from error


def _both_lengths(value: object) -> object:
    """Return the lengths of both arms from the stored one; local has no burst and no probes."""
    lengths = msgspec.convert(value, list[SegmentLength])
    local = [msgspec.structs.replace(length, burst_count=0, probe_count=0) for length in lengths]
    pairs = [CellLengths(local=a, remote=b) for a, b in zip(local, lengths, strict=True)]
    return msgspec.to_builtins(pairs)
