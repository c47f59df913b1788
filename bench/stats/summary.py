"""Samples of a run become one summary of each planned cell.

The unit of replication is the block: each gives one number a cell and arm, and the estimates are
t intervals on their logarithms. Requests within a block are no replicates.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from bench.records import Cell
from bench.stats.estimate import (
    EXPLORATORY,
    LEVEL,
    NOT_MEASURED,
    UNDECIDED,
    CellSummary,
    Estimate,
    Summary,
)
from bench.stats.verdict import decide
from bench.units import NS_PER_S, PERCENT

MIN_INTERVAL_BLOCKS = 6
MIN_VERDICT_BLOCKS = 10
_KEYS = ["batch_size", "threads", "block", "arm"]
Logs = npt.NDArray[np.float64]


def summarise(samples: pd.DataFrame, cells: Iterable[Cell]) -> Summary:
    """Return the estimates of every planned cell.

    Parameters
    ----------
    samples : DataFrame
        All rows of a run; columns as in :mod:`bench.store.schema`.
    cells : iterable of Cell
        What was planned; a cell without rows is there, with nothing in it.
    """
    blocks = block_values(samples)
    drafts = [_summarise_cell(samples, blocks, cell) for cell in sorted(cells)]
    floor = _noise_floor(blocks)
    latency = decide([d.latency_loss_percent for d in drafts], floor)
    throughput = decide([d.throughput_loss_percent for d in drafts], floor)
    decided = tuple(
        _with_verdicts(draft, a, b) for draft, a, b in zip(drafts, latency, throughput, strict=True)
    )
    return Summary(cells=decided, blocks=int(samples.block.nunique()), noise_floor_percent=floor)


def block_values(samples: pd.DataFrame) -> pd.DataFrame:
    """Return latency, compute time [ns] and throughput [images/s] of each cell, block and arm.

    A request that failed counts as infinitely slow. The throughput of a segment is its images
    over the time from the completion before the first measured one to the last [1]_: of the burst
    where there is one, else of the requests back to back after the warm-up.

    References
    ----------
    .. [1] METHOD, "Throughput of a segment".
    """
    frame = samples.assign(
        latency_ns=(samples.c5_ns - samples.c1_ns).where(samples.outcome == "ok", np.inf),
        compute_ns=samples.w4_ns - samples.w3_ns,
    )
    timed = frame[frame.phase == "latency"].groupby(_KEYS)
    values = timed[["latency_ns", "compute_ns"]].median()
    bursts = frame[frame.phase == "burst"]
    steady = frame[(frame.arm != "remote") & frame.phase.isin(["warmup", "latency"])]
    steady = steady[
        (steady.phase == "latency")
        | (steady.request == steady.groupby([*_KEYS, "phase"]).request.transform("max"))
    ]
    done = pd.concat([bursts, steady]).groupby(_KEYS)
    images = (done.size() - 1) * done.batch_size.first()
    seconds = (done.c5_ns.max() - done.c5_ns.min()) / NS_PER_S
    whole = done.outcome.agg(lambda o: bool((o == "ok").all()))
    values["throughput_ips"] = (images / seconds).where(whole & (seconds > 0))
    return values


def estimate(logs: Logs, level: float = LEVEL) -> tuple[float, float, float] | None:
    """Return mean and t interval of ``logs``; NaN bounds below 6 blocks; None without a value."""
    if not len(logs) or not np.isfinite(logs).all():
        return None
    mean = float(logs.mean())
    if len(logs) < MIN_INTERVAL_BLOCKS:
        return mean, np.nan, np.nan
    quantile = float(stats.t.ppf((1 + level) / 2, len(logs) - 1))
    half = quantile * float(logs.std(ddof=1)) / np.sqrt(len(logs))
    return mean, mean - half, mean + half


def estimate_value(values: pd.Series) -> Estimate | None:
    """Return the geometric mean of one value a block."""
    return _transformed(_logs(values), np.exp)


def estimate_loss(local: pd.Series, remote: pd.Series, *, slower_is_more: bool) -> Estimate | None:
    """Return the percent by which remote is worse, paired by block [1]_.

    Latency: ``100 (exp(mean(ln remote - ln local)) - 1)``; throughput:
    ``100 (1 - exp(-mean(ln local - ln remote)))``.

    References
    ----------
    .. [1] METHOD, section 4.
    """
    logs = _logs(remote / local) if slower_is_more else _logs(local / remote)
    if slower_is_more:
        return _transformed(logs, lambda x: PERCENT * np.expm1(x))
    return _transformed(logs, lambda x: -PERCENT * np.expm1(-x))


def _logs(values: pd.Series) -> Logs:
    with np.errstate(invalid="ignore", divide="ignore"):
        logs: Logs = np.log(values.dropna().to_numpy(dtype=np.float64))
    return logs


def _transformed(logs: Logs, transform: Callable[[float], float]) -> Estimate | None:
    found = estimate(logs)
    if found is None:
        return None
    point, low, high = (float(transform(x)) for x in found)
    if np.isnan(low):
        return Estimate(point=point, low=None, high=None, level=LEVEL, n=len(logs))
    return Estimate(point=point, low=low, high=high, level=LEVEL, n=len(logs))


def _arm(values: pd.DataFrame, cell: Cell, arm: str) -> pd.DataFrame:
    keys = values.index.to_frame()
    mine = (keys.batch_size == cell.batch_size) & (keys.threads == cell.threads) & (keys.arm == arm)
    return values.loc[mine].droplevel(["batch_size", "threads", "arm"])


def _summarise_cell(samples: pd.DataFrame, values: pd.DataFrame, cell: Cell) -> CellSummary:
    local, remote = _arm(values, cell, "local"), _arm(values, cell, "remote")
    rows = samples[(samples.batch_size == cell.batch_size) & (samples.threads == cell.threads)]
    timed = rows[rows.phase.isin(["latency", "burst"])]
    verdict = NOT_MEASURED if local.empty or remote.empty else ""
    return CellSummary(
        batch_size=cell.batch_size,
        threads=cell.threads,
        blocks=int(rows.block.nunique()),
        requests=len(timed),
        failed_count=int((timed.outcome != "ok").sum()),
        latency_local_ns=estimate_value(local.latency_ns),
        latency_remote_ns=estimate_value(remote.latency_ns),
        latency_loss_percent=estimate_loss(
            local.latency_ns, remote.latency_ns, slower_is_more=True
        ),
        throughput_local_ips=estimate_value(local.throughput_ips),
        throughput_remote_ips=estimate_value(remote.throughput_ips),
        throughput_loss_percent=estimate_loss(
            local.throughput_ips, remote.throughput_ips, slower_is_more=False
        ),
        compute_ratio=estimate_value(remote.compute_ns / local.compute_ns),
        latency_verdict=verdict,
        throughput_verdict=verdict,
    )


def _with_verdicts(draft: CellSummary, latency: str, throughput: str) -> CellSummary:
    if draft.latency_verdict == NOT_MEASURED:
        return draft
    if draft.blocks < MIN_INTERVAL_BLOCKS:
        latency = throughput = EXPLORATORY
    elif draft.blocks < MIN_VERDICT_BLOCKS:
        latency = throughput = UNDECIDED
    return replace(draft, latency_verdict=latency, throughput_verdict=throughput)


def _noise_floor(values: pd.DataFrame) -> float | None:
    """Return the pooled |loss| of the placebo against the local arm [percent]."""
    latency = values.latency_ns.unstack("arm")
    if "local2" not in latency:
        return None
    losses = []
    for _, cell in latency.dropna(subset=["local2"]).groupby(["batch_size", "threads"]):
        loss = estimate_loss(cell.local, cell.local2, slower_is_more=True)
        if loss is not None:
            losses.append(abs(loss.point))
    return float(np.mean(losses)) if losses else None
