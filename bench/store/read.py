"""All samples of a run as one table, checked against the schedule and the order of the stamps."""

from itertools import pairwise

import pandas as pd
import pyarrow as pa

from bench.errors import DataError
from bench.plan import request_count
from bench.records import Block, Experiment
from bench.store.folder import RunFolder

UNREAD = ("c0_ns", "c3_ns", "batch", "wire_bytes", "error")
"""Checked, kept on disk, and in no estimate: without them a run of a million rows is read in less
memory."""
WORDS = ("arm", "phase", "outcome")
_CLIENT_ORDER = ("c1_ns", "c2_ns", "c3_ns", "c4_ns", "c5_ns")
_WORKER_ORDER = ("w1_ns", "w2_ns", "w3_ns", "w4_ns", "w5_ns")


def read_samples(folder: RunFolder) -> pd.DataFrame:
    """Return every row of a run; columns as in :mod:`bench.store.schema`, but for ``UNREAD``.

    Raises
    ------
    DataError
        If a block is damaged, has other rows than its schedule, or stamps out of order.
    """
    experiment = folder.info.experiment
    blocks = {block.index: block for block in folder.schedule.blocks}
    tables = []
    for index in folder.complete_blocks():
        table = folder.read_table(index)
        if index not in blocks:
            raise DataError(f"{folder.block_path(index)} is not in the schedule of its run.")
        expected = rows_of_block(experiment, blocks[index])
        if table.num_rows != expected:
            raise DataError(
                f"{folder.block_path(index)} has {table.num_rows} rows; "
                f"its schedule makes {expected}."
            )
        stamps = table.select([*_CLIENT_ORDER, *_WORKER_ORDER]).to_pandas()
        check_stamps(stamps, str(folder.block_path(index)))
        tables.append(_with_words_once(table.drop_columns(list(UNREAD))))
    if not tables:
        raise DataError(f"{folder.path} has no complete block yet; run 'scalebench measure'.")
    table = pa.concat_tables(tables).unify_dictionaries()
    del tables  # so that the conversion may free each column that it has done
    samples: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return samples


def _with_words_once(table: pa.Table) -> pa.Table:
    """Return a block's rows with each word kept once: a run may have millions of rows."""
    for name in WORDS:
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, table[name].dictionary_encode())
    return table


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
    for earlier, later in (*pairwise(_CLIENT_ORDER), *pairwise(_WORKER_ORDER)):
        if (samples[earlier] > samples[later]).any():
            raise DataError(f"{where}: {earlier} lies after {later} in a row.")
    inside, outside = samples.w5_ns - samples.w1_ns, samples.c4_ns - samples.c2_ns
    if (inside > outside).any():
        raise DataError(f"{where}: a worker took longer than its whole round trip.")
