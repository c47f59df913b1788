"""Which block of a run is measured next, until its budget is spent."""

import time
from collections.abc import Iterator, Sequence
from statistics import mean

import msgspec

from bench.host.validity import invalid_blocks
from bench.records import BlockRecord, Budget
from bench.stats.blocks import BlockData, join_blocks, reduce_blocks
from bench.stats.stopping import precise_enough
from bench.store.folder import RunFolder
from bench.store.read import read_rows
from bench.units import ns_to_s


def blocks_to_measure(folder: RunFolder, budget: Budget) -> Iterator[int]:
    """Yield the number of each block that is still to be measured, until the budget is spent.

    An invalid block is kept, and another one is measured in its place. The blocks are at most half
    as many again as were planned, so that a run ends on a busy host, too. Minutes count from the
    first call on; the number of blocks that is expected to fit into them is stored before each
    block, for a page that is made meanwhile.
    """
    begun_s, measured = time.monotonic(), False
    reduced: dict[int, BlockData] = {}
    while True:
        done = folder.complete_blocks()
        records = folder.read_records()
        invalid = invalid_blocks(records)
        valid_count = len(done) - len(invalid)
        following = next(index for index in range(1, len(done) + 2) if index not in done)
        if budget.minutes is None:
            fitting = _count_left(budget, valid_count, following)
        else:
            left_s = 60 * budget.minutes - (time.monotonic() - begun_s)
            fitting = blocks_that_fit(left_s, records)
            if fitting or measured:
                expected = max(1, valid_count + fitting)
                folder.write_budget(msgspec.structs.replace(budget, max_blocks=expected))
        if not fitting:
            return
        if budget.delta_fraction is not None and done:
            _reduce_new(folder, reduced, invalid)
            values = join_blocks(reduced.values()).segments
            if precise_enough(values, budget.delta_fraction, invalid):
                return
        yield following
        measured = True


def blocks_that_fit(left_s: float, records: Sequence[BlockRecord]) -> int:
    """Return how many more blocks fit into the time that is left, at their mean duration so far.

    Without any block the answer is one, since the duration of a block is not known yet.

    Parameters
    ----------
    left_s : float
        The time that is left [s].
    records : sequence of BlockRecord
        All blocks so far, invalid ones included.
    """
    if not records:
        return 1
    return max(0, int(left_s / ns_to_s(mean(record.wall_ns for record in records))))


def _count_left(budget: Budget, valid_count: int, following: int) -> int:
    if following > budget.block_limit:
        return 0
    return max(0, budget.max_blocks - valid_count)


def _reduce_new(folder: RunFolder, reduced: dict[int, BlockData], invalid: frozenset[int]) -> None:
    """Add the blocks that were completed since the last call; each is read once."""
    experiment, planned = folder.info.experiment, folder.schedule.blocks
    for block in planned:
        if block.index not in reduced and folder.block_path(block.index).exists():
            rows = read_rows(folder, experiment, block, counts=block.index not in invalid)
            reduced[block.index] = reduce_blocks([rows])
