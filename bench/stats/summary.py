"""Samples of a run become one summary of each planned cell."""

from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import cast

import numpy as np
import pandas as pd

from bench.records import Cell
from bench.stats.attribution import attribute_loss, split_components
from bench.stats.blocks import block_values
from bench.stats.estimate import (
    EXPLORATORY,
    LEVEL,
    NOT_MEASURED,
    UNDECIDED,
    CellSummary,
    Quantile,
    Summary,
)
from bench.stats.flags import cell_flags, littles_law
from bench.stats.intervals import (
    LATENCY,
    MIN_INTERVAL_BLOCKS,
    THROUGHPUT,
    estimate_loss,
    estimate_mean,
    estimate_value,
    hodges_lehmann,
)
from bench.stats.quantile import arm_quantiles
from bench.stats.segments import CELL, KEYS, to_runs
from bench.stats.speedup import Speedups, estimate_speedups
from bench.stats.verdict import decide

MIN_VERDICT_BLOCKS = 10
# What counts and quantiles need; the rest of a row is in the values of its block.
_BESIDE_VALUES = [*KEYS, "phase", "outcome", "c1_ns", "c5_ns"]
_ARMS = ("local", "remote", "idle")
Arms = dict[tuple[int, int, str], pd.DataFrame]
Quantiles = dict[tuple[int, int, str], tuple[Quantile, ...]]
Counts = dict[tuple[int, int], tuple[int, int, int]]


def summarise(
    samples: pd.DataFrame,
    cells: Iterable[Cell],
    invalid_blocks: frozenset[int] = frozenset(),
    level: float = LEVEL,
) -> Summary:
    """Return the estimates of every planned cell.

    Parameters
    ----------
    samples : DataFrame
        All rows of a run; columns as in :mod:`bench.store.schema`.
    cells : iterable of Cell
        What was planned; a cell without rows is there, with nothing in it.
    invalid_blocks : frozenset of int
        Blocks that outside evidence speaks against, see :mod:`bench.host.validity`. Estimates
        are without them; ``with_invalid`` of the result has them included. Where no block is
        valid, estimates are of all blocks, and nothing is decided from them.
    level : float
        Of the quantiles; :data:`bench.stats.stopping.ADAPTIVE_QUANTILE` where the width of the
        intervals chose the number of blocks.
    """
    planned = sorted(cells)
    invalid = sorted(invalid_blocks.intersection(samples.block.unique().tolist()))
    values = block_values(samples)
    everything = _summarise(values, samples, planned, level)
    if not invalid:
        return everything
    rows = samples.loc[~samples.block.isin(invalid), _BESIDE_VALUES]
    valid = (
        _undecided(everything)
        if rows.empty
        else _summarise(values.drop(invalid, level="block"), rows, planned, level)
    )
    return replace(valid, invalid_blocks=tuple(invalid), with_invalid=everything)


def _summarise(
    values: pd.DataFrame, samples: pd.DataFrame, cells: list[Cell], level: float
) -> Summary:
    counts, quantiles = _counts(samples), arm_quantiles(samples)
    arms, speedups = _by_arm(values, cells), estimate_speedups(values, level)
    drafts = [_summarise_cell(arms, counts, quantiles, speedups, cell, level) for cell in cells]
    floor = noise_floor_percent(values)
    latency = decide([d.latency_loss_percent for d in drafts], floor, LATENCY)
    throughput = decide([d.throughput_loss_percent for d in drafts], floor, THROUGHPUT)
    decided = tuple(
        _with_verdicts(draft, a, b) for draft, a, b in zip(drafts, latency, throughput, strict=True)
    )
    return Summary(cells=decided, blocks=int(samples.block.nunique()), noise_floor_percent=floor)


def _counts(samples: pd.DataFrame) -> Counts:
    """Return blocks, and summarised and failed requests, by batch size and threads."""
    runs, sizes = to_runs(samples[[*CELL, "block", "phase", "outcome"]])
    requests = np.where(runs.phase.isin(["latency", "burst"]), sizes, 0)
    failed = np.where(runs.outcome != "ok", requests, 0)
    cells = runs.assign(requests=requests, failed=failed).groupby(CELL)
    counts = pd.DataFrame({"blocks": cells.block.nunique(), **cells[["requests", "failed"]].sum()})
    return {cast("tuple[int, int]", row[0]): row[1:] for row in counts.itertuples(name=None)}


def _summarise_cell(
    arms: Arms,
    counts: Counts,
    quantiles: Quantiles,
    speedups: Speedups,
    cell: Cell,
    level: float,
) -> CellSummary:
    key = cell.batch_size, cell.threads
    local, remote, idle = (arms[*key, arm] for arm in _ARMS)
    verdict = NOT_MEASURED if local.empty or remote.empty else ""
    blocks, requests, failed_count = counts.get(key, (0, 0, 0))
    loss = estimate_loss(local.latency_ns, remote.latency_ns, LATENCY, level=level)
    return CellSummary(
        batch_size=cell.batch_size,
        threads=cell.threads,
        blocks=blocks,
        requests=requests,
        failed_count=failed_count,
        latency_local_ns=estimate_value(local.latency_ns, level),
        latency_remote_ns=estimate_value(remote.latency_ns, level),
        latency_loss_percent=loss,
        throughput_local_ips=estimate_value(local.throughput_ips, level),
        throughput_remote_ips=estimate_value(remote.throughput_ips, level),
        throughput_loss_percent=estimate_loss(
            local.throughput_ips, remote.throughput_ips, THROUGHPUT, level=level
        ),
        compute_ratio=estimate_value(remote.compute_ns / local.compute_ns, level),
        latency_verdict=verdict,
        throughput_verdict=verdict,
        latency_loss_ns=estimate_mean(remote.latency_ns - local.latency_ns, level),
        latency_loss_hl=estimate_loss(
            local.latency_ns, remote.latency_ns, LATENCY, hodges_lehmann, level
        ),
        quantiles_local_ns=quantiles.get((*key, "local"), ()),
        quantiles_remote_ns=quantiles.get((*key, "remote"), ()),
        components=split_components(local, remote, idle, level),
        attribution=attribute_loss(local, remote, idle, level),
        littles_law_local=littles_law(local),
        littles_law_remote=littles_law(remote),
        speedup_local=speedups.get((*key, "local")),
        speedup_remote=speedups.get((*key, "remote")),
        flags=cell_flags(local, remote, loss),
    )


def _by_arm(values: pd.DataFrame, cells: list[Cell]) -> Arms:
    """Return the values of each arm of the planned cells, by block; empty where there are none."""
    keys: list[Hashable] = [*CELL, "arm"]
    found = {
        cast("tuple[int, int, str]", key): rows.droplevel(keys)
        for key, rows in values.groupby(keys)
    }
    nothing = values.iloc[:0].droplevel(keys)
    planned = [(cell.batch_size, cell.threads, arm) for cell in cells for arm in _ARMS]
    return {key: found.get(key, nothing) for key in planned}


def _with_verdicts(draft: CellSummary, latency: str, throughput: str) -> CellSummary:
    if draft.latency_verdict == NOT_MEASURED:
        return draft
    if draft.blocks < MIN_INTERVAL_BLOCKS:
        latency = throughput = EXPLORATORY
    elif draft.blocks < MIN_VERDICT_BLOCKS:
        latency = throughput = UNDECIDED
    return replace(draft, latency_verdict=latency, throughput_verdict=throughput)


def _undecided(summary: Summary) -> Summary:
    """Return a summary whose verdicts say no more than that something was measured."""
    open_words = EXPLORATORY, NOT_MEASURED
    cells = [
        cell
        if cell.latency_verdict in open_words
        else replace(cell, latency_verdict=UNDECIDED, throughput_verdict=UNDECIDED)
        for cell in summary.cells
    ]
    return replace(summary, cells=tuple(cells))


def noise_floor_percent(values: pd.DataFrame) -> float | None:
    """Return the pooled |loss| of the placebo against the local arm [percent]."""
    latency = values.latency_ns.unstack("arm")
    if "local2" not in latency:
        return None
    losses = []
    for _, cell in latency.dropna(subset=["local2"]).groupby(CELL):
        loss = estimate_loss(cell.local, cell.local2, LATENCY)
        if loss is not None:
            losses.append(abs(loss.point))
    return float(np.mean(losses)) if losses else None
