"""All samples of a run as one table, checked against the schedule and the order of the stamps."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bench.errors import DataError
from bench.plan import request_count
from bench.records import Block, Experiment
from bench.store.folder import RunFolder
from bench.store.schema import SCHEMA, WORD_COLUMNS

UNREAD = ("c0_ns", "batch", "wire_bytes", "error")
"""Kept on disk, and in no estimate: without them a run of a million rows is read in less memory."""
_READ = [field for field in SCHEMA if field.name not in UNREAD]
_READERS = 2  # each holds a block twice: as a file's table, and as its part of the columns
_CLIENT_ORDER = ("c1_ns", "c2_ns", "c3_ns", "c4_ns", "c5_ns")
_WORKER_ORDER = ("w1_ns", "w2_ns", "w3_ns", "w4_ns", "w5_ns")
Column = npt.NDArray[Any]


def read_samples(folder: RunFolder) -> pd.DataFrame:
    """Return every row of a run; columns as in :mod:`bench.store.schema`, but for ``UNREAD``.

    Words are categories. What may be null is a float and then NaN; a stamp is exact in it for the
    first 104 days of a clock, or 2^53 ns.

    Raises
    ------
    DataError
        If a block is damaged, has other rows than its schedule, or stamps out of order.
    """
    experiment = folder.info.experiment
    blocks = {block.index: block for block in folder.schedule.blocks}
    counts: dict[int, int] = {}
    for index in folder.complete_blocks():
        if index not in blocks:
            raise DataError(f"{folder.block_path(index)} is not in the schedule of its run.")
        counts[index] = rows_of_block(experiment, blocks[index])
    if not counts:
        raise DataError(f"{folder.path} has no complete block yet; run 'scalebench measure'.")
    # Filled block by block: tables put together in the end would need the memory twice.
    columns = {field.name: np.empty(sum(counts.values()), _kind(field)) for field in _READ}
    parts: dict[int, dict[str, Column]] = {}
    begin = 0
    for index, count in counts.items():
        parts[index] = {name: c[begin : begin + count] for name, c in columns.items()}
        begin += count
    with ThreadPoolExecutor(_READERS) as readers:
        list(readers.map(partial(_fill, folder), parts.keys(), parts.values()))
    words = {
        name: pd.Categorical.from_codes(columns[name], pd.Index(known))
        for name, known in WORD_COLUMNS.items()
    }
    return pd.DataFrame({**columns, **words}, copy=False)


def _kind(field: pa.Field) -> npt.DTypeLike:
    if field.name in WORD_COLUMNS:
        return np.int8
    return np.float64 if field.nullable else field.type.to_pandas_dtype()


def _fill(folder: RunFolder, index: int, columns: dict[str, Column]) -> None:
    """Read a block into its part of the columns, and check it."""
    path, count = str(folder.block_path(index)), len(columns["block"])
    table = folder.read_table(index, list(columns))
    if table.num_rows != count:
        raise DataError(f"{path} has {table.num_rows} rows; its schedule makes {count}.")
    for name, column in columns.items():
        known = WORD_COLUMNS.get(name)
        column[:] = table[name].to_numpy() if known is None else _codes(table[name], known, path)
    stamps = {name: columns[name] for name in (*_CLIENT_ORDER, *_WORKER_ORDER)}
    check_stamps(pd.DataFrame(stamps, copy=False), path)


def _codes(words: pa.ChunkedArray, known: Sequence[str], where: str) -> Column:
    column = words.combine_chunks()
    codes = pc.index_in(column.dictionary, value_set=pa.array(known))
    unknown = column.dictionary.filter(pc.is_null(codes)).to_pylist() + [None] * column.null_count
    if unknown:
        raise DataError(
            f"{where} has the word {unknown[0]!r}, which is none of {', '.join(known)}; restore "
            "it, or remove it to measure it again."
        )
    found: Column = codes.to_numpy()[column.indices.to_numpy()]
    return found


def rows_of_block(experiment: Experiment, block: Block) -> int:
    """Return how many rows a block makes: one for every request."""
    return sum(
        request_count(experiment, visit.batch_size, arm)
        for restart in block.restarts
        for visit in restart.visits
        for arm in visit.arms
    )


def check_stamps(samples: pd.DataFrame, where: str) -> None:
    """Check the order of each clock's stamps; the two clocks are compared by durations only.

    Raises
    ------
    DataError
        At the first pair that is out of order.
    """
    stamp = {name: samples[name].to_numpy() for name in (*_CLIENT_ORDER, *_WORKER_ORDER)}
    for earlier, later in (*pairwise(_CLIENT_ORDER), *pairwise(_WORKER_ORDER)):
        if (stamp[earlier] > stamp[later]).any():
            raise DataError(f"{where}: {earlier} lies after {later} in a row.")
    inside, outside = stamp["w5_ns"] - stamp["w1_ns"], stamp["c4_ns"] - stamp["c2_ns"]
    if (inside > outside).any():
        raise DataError(f"{where}: a worker took longer than its whole round trip.")
