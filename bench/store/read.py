"""The rows of a block as a table, checked against its schedule and the order of the stamps."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bench.errors import DataError
from bench.records import Arm, Block, Experiment, Phase, SegmentLength
from bench.store.folder import RunFolder
from bench.store.schema import SCHEMA, WORD_COLUMNS

UNREAD = ("c0_ns", "batch", "wire_bytes", "error", "client", "worker")
"""Stored on disk, and used in no estimate."""
_REMEDY = "It is damaged or foreign: restore it, or remove it to measure its block again."
_READ = [field.name for field in SCHEMA if field.name not in UNREAD]
_DTYPES = {tuple(words): pd.CategoricalDtype(words) for words in WORD_COLUMNS.values()}
_CLIENT_ORDER = ("c1_ns", "cp_ns", "c2_ns", "c3_ns", "c4_ns", "c5_ns")
_WORKER_ORDER = ("w1_ns", "w2_ns", "wb_ns", "wp_ns", "wh_ns", "w3_ns", "w4_ns", "wd_ns", "w5_ns")


class Rows(Protocol):
    """Rows as one array per column: a dict of arrays, or a DataFrame, which is slower to make."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - an array of the column's type
        """Return a column by its name."""


def read_rows(
    folder: RunFolder, experiment: Experiment, block: Block, *, counts: bool = True
) -> dict[str, Any]:
    """Return every row of a block; columns as in :mod:`bench.store.schema`, but for ``UNREAD``.

    Words are categories. What may be null is a float and then NaN; a stamp is exact in it for the
    first 104 days of a clock, or 2^53 ns.

    Parameters
    ----------
    folder : RunFolder
        That of the run.
    experiment : Experiment
        What the run measures; it defines how many rows the block must have.
    block : Block
        The block as it was planned.
    counts : bool
        Whether the block is valid; else its clocks may run at different rates.

    Returns
    -------
    dict of str to ndarray or Categorical, each [rows]

    Raises
    ------
    DataError
        If the block is damaged, has other rows than its schedule, or stamps out of order.
    """
    path = folder.block_path(block.index)
    table = folder.read_table(block.index, _READ, rows_of_block(experiment, block))
    rows = to_rows(table, str(path), counts=counts)
    _check_planned(rows, experiment, block, str(path))
    return rows


def to_rows(table: pa.Table, where: str, *, counts: bool = True) -> dict[str, Any]:
    """Return a table of samples as rows; see :func:`read_rows`.

    Parameters
    ----------
    table : Table
        Columns of :mod:`bench.store.schema`, the stamps among them.
    where : str
        Names the table in an error.
    counts : bool
        As for :func:`read_rows`.

    Raises
    ------
    DataError
        If a word is unknown, or stamps are out of order.
    """
    rows = {name: _column(table[name], name, where) for name in table.column_names}
    check_stamps(rows, where, both_clocks=counts)
    return rows


def _column(
    column: pa.ChunkedArray, name: str, where: str
) -> "npt.NDArray[Any] | pd.Categorical[Any]":
    if name in WORD_COLUMNS:
        return _words(column, WORD_COLUMNS[name], where)
    if column.null_count and not SCHEMA.field(name).nullable:
        raise DataError(f"{where}: a row has no {name}. {_REMEDY}")
    values: npt.NDArray[Any] = column.to_numpy()
    nullable = SCHEMA.field(name).nullable and pa.types.is_integer(column.type)
    return values.astype(np.float64, copy=False) if nullable else values


def _words(column: pa.ChunkedArray, terms: Sequence[str], where: str) -> "pd.Categorical[Any]":
    words = column.combine_chunks().dictionary_encode()
    codes = pc.index_in(words.dictionary, value_set=pa.array(terms))
    unknown = words.dictionary.filter(pc.is_null(codes)).to_pylist() + [None] * words.null_count
    if unknown:
        raise DataError(
            f"{where} has the word {unknown[0]!r}, which is none of {', '.join(terms)}; restore "
            "it, or remove it to measure it again."
        )
    row_codes = codes.to_numpy()[words.indices.to_numpy()]
    return pd.Categorical.from_codes(row_codes, dtype=_DTYPES[tuple(terms)])


def rows_of_block(experiment: Experiment, block: Block) -> int:
    """Return how many rows a block makes: one for every request."""
    return sum(length.request_count for *_, length in _segments(experiment, block))


def _segments(
    experiment: Experiment, block: Block
) -> Iterator[tuple[int, int, Arm, SegmentLength]]:
    """Yield threads, batch size, arm and length of each segment in the order of a block."""
    for restart in block.restarts:
        for visit in restart.visits:
            for arm in visit.arms:
                length = experiment.lengths_of(visit.batch_size).of(arm.placement)
                yield restart.threads, visit.batch_size, arm, length


def _check_planned(
    rows: Mapping[str, Any], experiment: Experiment, block: Block, where: str
) -> None:
    """Refuse rows of other segments than the block's, or with other phases.

    The order of the phases in a segment is not that of every version.
    """
    threads, batch_sizes, arms, lengths = zip(*_segments(experiment, block), strict=True)
    arm_codes = [WORD_COLUMNS["arm"].index(arm) for arm in arms]
    sizes = [length.request_count for length in lengths]
    segment_phases = len(Phase) * np.repeat(np.arange(len(sizes)), sizes) + rows["phase"].codes
    counts = np.bincount(segment_phases, minlength=len(Phase) * len(sizes))
    planned_counts = [dict(length.phases)[phase] for length in lengths for phase in Phase]
    alike = {
        "block": (rows["block"] == block.index).all(),
        "threads": np.array_equal(rows["threads"], np.repeat(threads, sizes)),
        "batch_size": np.array_equal(rows["batch_size"], np.repeat(batch_sizes, sizes)),
        "arm": np.array_equal(rows["arm"].codes, np.repeat(arm_codes, sizes)),
        "phase": np.array_equal(counts, planned_counts),
        "in_flight_count": (rows["in_flight_count"] > 0).all(),
    }
    for name, as_planned in alike.items():
        if not as_planned:
            raise DataError(f"{where}: {name} is not what its schedule plans. {_REMEDY}")


def check_stamps(rows: Rows, where: str, *, both_clocks: bool = True) -> None:
    """Check the order of each clock's stamps; the two clocks are compared by durations only.

    Parameters
    ----------
    rows : Rows
        With the stamps of :mod:`bench.store.schema` but ``c0_ns`` [ns]; NaN where one is missing.
    where : str
        Names the rows in an error.
    both_clocks : bool
        Whether the clocks run at one rate, so that their durations can be compared.

    Raises
    ------
    DataError
        At the first pair that is out of order.
    """
    stamp = {name: np.asarray(rows[name]) for name in (*_CLIENT_ORDER, *_WORKER_ORDER)}
    for order in (_CLIENT_ORDER, _WORKER_ORDER):
        reached = np.full_like(stamp[order[0]], -np.inf, dtype=np.float64)
        for at, name in enumerate(order):
            if (reached > stamp[name]).any():
                earlier = next(e for e in order[:at] if (stamp[e] > stamp[name]).any())
                raise DataError(f"{where}: {earlier} lies after {name} in a row. {_REMEDY}")
            reached = np.fmax(reached, stamp[name])  # a missing stamp is skipped
    if not both_clocks:
        return
    worker_ns, client_ns = stamp["w5_ns"] - stamp["w1_ns"], stamp["c4_ns"] - stamp["c2_ns"]
    if (worker_ns > client_ns).any():
        raise DataError(f"{where}: a worker took longer than its whole round trip. {_REMEDY}")
