"""Samples of a proof as the rows that a stored run would have."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from bench.calibration.stamps import OVERHEAD_NS, Stamps, serve_all, split_overhead
from bench.config import IN_FLIGHT
from bench.records import Cell, Placement, Sample
from bench.stats.columns import OPTIONAL_STAMPS, Floats
from bench.store.read import to_rows
from bench.store.schema import sample_table

CELL = Cell(batch_size=4, threads=1)
WORKER_CLOCK_NS = 3600e9
"""By how much the worker's clock is ahead; no result may depend on it."""
_COLUMNS = tuple(f"{name}_ns" for name in (*Stamps._fields, *OPTIONAL_STAMPS))


def as_rows(samples: Iterable[Sample]) -> pd.DataFrame:
    """Return samples as rows in the store's schema, after its check of the stamps, without a file.

    Columns are those of :mod:`bench.store.schema`.

    Raises
    ------
    DataError
        If stamps are out of order.
    """
    return pd.DataFrame(to_rows(sample_table(samples), "calibration"))


def as_samples(
    latencies: Mapping[str, Floats],
    overheads: Mapping[str, Floats] | None = None,
    *,
    burst_count: int = 8,
    added_ns: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return latencies as the rows of one cell; columns as in :mod:`bench.store.schema`.

    Columns that :func:`bench.stats.blocks.reduce_blocks` can do without are left out.

    Parameters
    ----------
    latencies : mapping of str to ndarray, float64 [blocks, requests]
        Latencies [ns] by arm; the first request of each block is its warm-up.
    overheads : mapping of str to ndarray, float64 [blocks, requests], optional
        How much of each latency is not computing [ns]; without it a remote request has
        ``OVERHEAD_NS``, a local one nothing.
    burst_count : int
        Requests of the remote arm's burst: the same ones once more, two in flight.
    added_ns : mapping of str to float, optional
        By how much more of a remote latency is in these parts of the overhead [ns].
    """
    frames = []
    for arm, latency in latencies.items():
        remote = arm == Placement.REMOTE
        default = np.full_like(latency, OVERHEAD_NS if remote else 0.0)
        overhead = (overheads or {}).get(arm, default)
        if remote:
            frames.append(_remote_rows(latency, overhead, burst_count, added_ns or {}))
        else:
            c5 = latency.cumsum(axis=1)
            c1 = c5 - latency
            frames.append(_rows(arm, latency.shape[1], c1=c1, c5=c5, w3=c1 + overhead, w4=c5))
    return pd.concat(frames, ignore_index=True)


def _remote_rows(
    latency: Floats, overhead: Floats, burst_count: int, added_ns: Mapping[str, float]
) -> pd.DataFrame:
    blocks, requests = latency.shape
    parts = {n: part + added_ns.get(n, 0.0) for n, part in split_overhead(overhead).items()}
    compute = latency - np.sum(list(parts.values()), axis=0)
    singly = serve_all(np.zeros(blocks), compute, parts, 1)
    repeats = np.arange(burst_count) % requests
    repeated_parts = {name: part[:, repeats] for name, part in parts.items()}
    burst = serve_all(singly.c5[:, -1], compute[:, repeats], repeated_parts, IN_FLIGHT)
    stamps = Stamps(*(np.hstack(both) for both in zip(singly, burst, strict=True)))._asdict()
    ahead = {name: stamp + WORKER_CLOCK_NS for name, stamp in stamps.items() if name[0] == "w"}
    return _rows("remote", requests, **stamps | ahead)


def _rows(arm: str, single_count: int, **stamps: Floats) -> pd.DataFrame:
    """Return the rows of stamps [blocks, requests]; all requests after the first are a burst."""
    blocks, requests = stamps["c1"].shape
    request = np.tile(np.arange(requests), blocks)
    burst = request >= single_count
    columns: dict[str, Floats | float] = dict.fromkeys(_COLUMNS, np.nan)
    columns |= {f"{name}_ns": stamp.ravel().round() for name, stamp in stamps.items()}
    return pd.DataFrame(
        {
            "block": 1 + np.repeat(np.arange(blocks), requests),
            "threads": CELL.threads,
            "batch_size": CELL.batch_size,
            "arm": arm,
            "phase": np.select([burst, request > 0], ["burst", "latency"], "warmup"),
            "in_flight_count": np.where(burst, IN_FLIGHT, 1),
            "request": request,
            "outcome": "ok",
            "cpu_ns": np.nan,
            "minor_faults_count": np.nan,
            "payload_bytes": 1,
            **columns,
        }
    )
