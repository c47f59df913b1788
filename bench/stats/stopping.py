"""When a run may stop: the width of its intervals decides, never their position."""

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bench.records import Cell
from bench.stats.cells import ARMS
from bench.stats.estimate import MIN_VERDICT_BLOCKS
from bench.stats.intervals import t_quantile
from bench.stats.loss_scale import Values
from bench.stats.segments import split_cells

ADAPTIVE_QUANTILE = 0.965
"""Two-sided level whose t quantile keeps 95 % coverage although the number of blocks adapts."""
WIDTH, MAX_BLOCKS, BUDGET = "width", "max_blocks", "budget"


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a cell is precise enough, and the numbers that decide it.

    ``half_width`` is the largest half-width of its log ratio and both log medians; None where
    it cannot be computed. ``reason`` is why measuring the cell ended, or may end: ``width``,
    ``max_blocks`` or ``budget``.
    """

    cell: Cell
    blocks: int
    requests_per_block: int
    requests: int
    delta_fraction: float
    half_width: float | None
    precise: bool
    reason: str


def precise_enough(
    values: pd.DataFrame,
    delta_fraction: float,
    invalid_blocks: Iterable[int] = (),
) -> bool:
    """Return whether every cell's log-ratio and log-medians have a half-width of at most delta.

    Where no block counts, nothing is precise.

    Parameters
    ----------
    values : DataFrame
        As for :func:`decisions`.
    delta_fraction : float
        The half-width that is narrow enough, on the log scale.
    invalid_blocks : iterable of int
        Numbers of the blocks that do not count.
    """
    return all_precise(decisions(values, delta_fraction, invalid_blocks))


def all_precise(decided: Collection[Decision]) -> bool:
    """Return whether all cells are precise enough; not where there is none."""
    return bool(decided) and all(decision.precise for decision in decided)


def decisions(
    values: pd.DataFrame,
    delta_fraction: float,
    invalid_blocks: Iterable[int] = (),
    max_blocks: int | None = None,
) -> tuple[Decision, ...]:
    """Return the decision on each cell, by batch size, then threads.

    Only spreads are used. They stay the same when the arms are exchanged, so the sign of the
    effect cannot matter.

    Parameters
    ----------
    values : DataFrame
        The ``segments`` of :class:`bench.stats.blocks.BlockData`, of all complete blocks of a run.
    delta_fraction : float
        The half-width that is narrow enough, on the log scale.
    invalid_blocks : iterable of int
        Numbers of the blocks that do not count.
    max_blocks : int, optional
        How many blocks were to be measured at most; without it a cell that is not precise was
        ended by the budget.
    """
    index = values.index
    invalid = index.isin(list(invalid_blocks), level="block")
    valid_rows = values[index.isin(ARMS, level="arm") & ~invalid]
    return tuple(
        _decide(
            cell,
            rows.latency_ns.unstack("arm").reindex(columns=list(ARMS)),
            int(rows.latency_count.sum()),
            delta_fraction,
            max_blocks,
        )
        for cell, rows in split_cells(valid_rows)
    )


def _decide(
    cell: Cell, arms: pd.DataFrame, requests: int, delta_fraction: float, max_blocks: int | None
) -> Decision:
    complete = arms.dropna()
    half_width = pair_half_width(*complete.to_numpy().T)
    blocks = len(complete)
    precise = half_width is not None and half_width <= delta_fraction
    ended = MAX_BLOCKS if max_blocks is not None and blocks >= max_blocks else BUDGET
    return Decision(
        cell=cell,
        blocks=blocks,
        requests_per_block=requests // (2 * blocks) if blocks else 0,
        requests=requests // 2,
        delta_fraction=delta_fraction,
        half_width=half_width,
        precise=precise,
        reason=WIDTH if precise else ended,
    )


def pair_half_width(first: Values, second: Values) -> float | None:
    """Return the largest half-width of two arms' log medians and their log ratio.

    None below 10 blocks, or where a median is infinite. The arms may be given in any order.

    Parameters
    ----------
    first, second : ndarray, float64 [blocks]
        The median latency of an arm in each block [ns]; the blocks are the same in both.
    """
    blocks = len(first)
    if blocks < MIN_VERDICT_BLOCKS or not np.isfinite([first, second]).all():
        return None
    logs = np.log(first), np.log(second)
    spread = max(float(values.std(ddof=1)) for values in (*logs, logs[1] - logs[0]))
    return t_quantile(blocks, ADAPTIVE_QUANTILE) * spread / math.sqrt(blocks)
