"""The values of a run's blocks become one summary of each planned cell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from bench.records import Cell
from bench.stats.attribution import attribute_loss, split_components
from bench.stats.blocks import BlockData
from bench.stats.cells import ARMS, ArmSummary, CellSummary, Summary
from bench.stats.columns import Floats
from bench.stats.estimate import LEVEL, MIN_INTERVAL_BLOCKS, MIN_VERDICT_BLOCKS, Estimate
from bench.stats.flags import cell_flags, littles_law
from bench.stats.intervals import estimate_loss, estimate_mean, estimate_value, hodges_lehmann
from bench.stats.loss_scale import LATENCY, THROUGHPUT
from bench.stats.overhead import decide_overheads, estimate_overhead, pool_overheads
from bench.stats.pooled import pool_cells
from bench.stats.quantile import quantiles
from bench.stats.segments import CELL, split_arms
from bench.stats.speedup import Speedups, estimate_speedups
from bench.stats.verdict import decide
from bench.stats.verdict_words import EXPLORATORY, NOT_MEASURED, UNDECIDED

_ARMS = (*ARMS, "idle")
Arms = Mapping[str, pd.DataFrame]
Latencies = Mapping[tuple[Cell, str], Sequence[Floats]]


def summarise_blocks(
    data: BlockData,
    cells: Iterable[Cell],
    invalid_blocks: frozenset[int] = frozenset(),
    level: float = LEVEL,
) -> Summary:
    """Return the estimates of every planned cell.

    Parameters
    ----------
    data : BlockData
        The reduced rows of a run.
    cells : iterable of Cell
        The planned cells; one without rows has a summary without estimates.
    invalid_blocks : frozenset of int
        Blocks that do not count, see :mod:`bench.host.validity`. Estimates are without them;
        ``with_invalid`` of the result has them included. Where no block is valid, estimates are
        of all blocks, and all verdicts are undecided.
    level : float
        Level of the intervals; :data:`bench.stats.stopping.ADAPTIVE_QUANTILE` where the width of
        the intervals chose the number of blocks.
    """
    planned = sorted(cells)
    invalid = sorted(invalid_blocks.intersection(data.segments.index.unique("block").tolist()))
    full_summary = _summarise(data, planned, level)
    if not invalid:
        return full_summary
    counted = data.without(invalid)
    valid = (
        _undecided(full_summary) if counted.segments.empty else _summarise(counted, planned, level)
    )
    return replace(valid, invalid_blocks=tuple(invalid), with_invalid=full_summary)


def single_latencies(data: BlockData) -> dict[tuple[Cell, str], list[Floats]]:
    """Return the single latencies of each cell and compared arm.

    Returns
    -------
    dict of cell and arm to list of ndarray, float64 [requests]
        One array per block [ns], in the order of the blocks; infinite where a request failed.
    """
    latencies = data.latencies[data.latencies.index.isin(ARMS, level="arm")]
    return {(cell, arm): list(blocks) for cell, arm, blocks in split_arms(latencies)}


def _summarise(data: BlockData, cells: list[Cell], level: float) -> Summary:
    values, latencies = data.segments, single_latencies(data)
    speedups, by_cell = estimate_speedups(values, level), _by_cell(values, cells)
    drafts = [
        _summarise_cell(cell, arms, latencies, speedups, _probes(data, cell), level)
        for cell, arms in by_cell.items()
    ]
    floor = noise_floor_percent(values)
    latency = decide([d.latency_loss_percent for d in drafts], floor, LATENCY)
    throughput = decide([d.throughput_loss_percent for d in drafts], floor, THROUGHPUT)
    overheads = decide_overheads([d.overhead.overhead_percent for d in drafts])
    decided = tuple(
        replace(_with_verdicts(draft, a, b), overhead_verdict=overhead)
        for draft, a, b, overhead in zip(drafts, latency, throughput, overheads, strict=True)
    )
    return Summary(
        cells=decided,
        blocks=values.index.unique("block").size,
        noise_floor_percent=floor,
        pooled=pool_cells(decided) | pool_overheads(by_cell, level),
    )


def _summarise_cell(
    cell: Cell,
    arms: Arms,
    latencies: Latencies,
    speedups: Speedups,
    probes: pd.Series,
    level: float,
) -> CellSummary:
    local, remote, idle = (arms[arm] for arm in _ARMS)
    verdict = NOT_MEASURED if local.empty or remote.empty else ""
    loss = estimate_loss(local.latency_ns, remote.latency_ns, LATENCY, level=level)
    return CellSummary(
        cell=cell,
        blocks=len({block for rows in arms.values() for block in rows.index}),
        requests=sum(int(rows.request_count.sum()) for rows in arms.values()),
        failed_count=sum(int(rows.failed_count.sum()) for rows in arms.values()),
        arms={
            arm: ArmSummary(
                latency_ns=estimate_value(rows.latency_ns, level),
                throughput_ips=estimate_value(rows.throughput_ips, level),
                quantiles_ns=quantiles(latencies[cell, arm]) if (cell, arm) in latencies else (),
                littles_law=littles_law(rows),
                speedup=speedups.get((cell, arm)),
            )
            for arm, rows in zip(ARMS, (local, remote), strict=True)
        },
        latency_loss_percent=loss,
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
        bare_loss_percent=_bare_loss(local, remote, level),
        components=split_components(local, remote, idle, level),
        attribution=attribute_loss(local, remote, idle, level),
        overhead=estimate_overhead(local, remote, level),
        flags=cell_flags(local, remote, loss, probes),
    )


def _bare_loss(local: pd.DataFrame, remote: pd.DataFrame, level: float) -> Estimate | None:
    """Return the loss of the latency without preprocessing; None where there is none."""
    if not local.preprocess_ns.any() and not remote.preprocess_ns.any():
        return None
    return estimate_loss(local.bare_latency_ns, remote.bare_latency_ns, LATENCY, level=level)


def _probes(data: BlockData, cell: Cell) -> pd.Series:
    """Return the round trip of the probes of a cell's batch size [ns], by block."""
    mask = data.probes.index.isin([cell.batch_size], level="batch_size")
    return data.probes.latency_ns[mask].droplevel("batch_size")


def _by_cell(values: pd.DataFrame, cells: list[Cell]) -> dict[Cell, dict[str, pd.DataFrame]]:
    """Return the values of each arm of each planned cell, by block; empty where there are none."""
    empty_table = values.iloc[:0].droplevel(["batch_size", "threads", "arm"])
    tables = {cell: dict.fromkeys(_ARMS, empty_table) for cell in cells}
    for cell, arm, rows in split_arms(values):
        if cell in tables:
            tables[cell][arm] = rows
    return tables


def _with_verdicts(draft: CellSummary, latency: str, throughput: str) -> CellSummary:
    if draft.latency_verdict == NOT_MEASURED:
        return draft
    if draft.blocks < MIN_INTERVAL_BLOCKS:
        latency = throughput = EXPLORATORY
    elif draft.blocks < MIN_VERDICT_BLOCKS:
        latency = throughput = UNDECIDED
    return replace(draft, latency_verdict=latency, throughput_verdict=throughput)


def _undecided(summary: Summary) -> Summary:
    """Return a summary whose measured cells with enough blocks are all undecided."""
    open_words = EXPLORATORY, NOT_MEASURED
    cells = [
        cell
        if cell.latency_verdict in open_words
        else replace(
            cell,
            latency_verdict=UNDECIDED,
            throughput_verdict=UNDECIDED,
            overhead_verdict=UNDECIDED,
        )
        for cell in summary.cells
    ]
    return replace(summary, cells=tuple(cells))


def noise_floor_percent(values: pd.DataFrame) -> float | None:
    """Return the mean |loss| of the placebo against the local arm, over cells [percent].

    None where no cell has a placebo.

    Parameters
    ----------
    values : DataFrame
        The ``segments`` of :class:`bench.stats.blocks.BlockData`: one row per cell, block and arm.
    """
    latency = values.latency_ns.unstack("arm")
    if "local2" not in latency:
        return None
    losses = []
    for _, cell in latency.dropna(subset=["local2"]).groupby(CELL):
        loss = estimate_loss(cell.local, cell.local2, LATENCY)
        if loss is not None:
            losses.append(abs(loss.point))
    return float(np.mean(losses)) if losses else None
