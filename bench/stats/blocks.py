"""Samples become one row a block, cell and arm: what the unit of replication says.

The typical request of a block is its median one: the middle request by latency, or the mean of
the two middle ones. Its components are taken from the same requests, so that they add up to its
latency exactly; medians of each component would not.
"""

import math

import numpy as np
import pandas as pd

from bench.stats.estimate import COMPONENTS
from bench.stats.segments import (
    Floats,
    Ints,
    Segments,
    column,
    is_ok,
    latencies_ns,
    rows_of,
    to_segments,
)
from bench.units import NS_PER_S


def block_values(samples: pd.DataFrame) -> pd.DataFrame:
    """Return the values of each block, indexed by :data:`bench.stats.segments.KEYS`.

    Parameters
    ----------
    samples : DataFrame
        Rows of a run; columns as in :mod:`bench.store.schema`.

    Returns
    -------
    DataFrame
        ``latency_ns``, the median latency, where a request that failed is infinitely slow; its
        components ``encode_ns`` to ``decode_ns``; ``log_halves``, the log ratio of the medians of
        the second and the first half of the segment; ``throughput_ips`` and ``littles_law`` as in
        :func:`_completions`; ``log_repeated``, the log ratio of the mean compute times of those
        requests, which send the batches of a remote segment once more, and of the first ones.
    """
    values = _latency_values(samples).join(_completions(samples))
    again, first = values.pop("timed_compute_ns"), values.pop("mean_compute_ns")
    with np.errstate(divide="ignore"):  # a remembered answer may take no time at all
        return values.assign(log_repeated=np.log(again / first))


def _latency_values(samples: pd.DataFrame) -> pd.DataFrame:
    segments = to_segments(samples, rows_of(samples, "latency"))
    latency = latencies_ns(samples, segments.rows)
    bounds = list(zip(segments.begins.tolist(), segments.ends.tolist(), strict=True))
    middle = np.array([_middle(latency, *bound) for bound in bounds], dtype=np.intp).reshape(-1, 2)
    values = {"latency_ns": latency[middle].mean(axis=1)}
    at_low, at_high = (_components(samples, segments.rows[places]) for places in middle.T)
    for name in COMPONENTS:
        values[f"{name}_ns"] = (at_low[name] + at_high[name]) / 2
    values["mean_compute_ns"] = _mean_compute(samples, segments)
    with np.errstate(invalid="ignore", divide="ignore"):  # a half may be infinitely slow
        values["log_halves"] = np.log([_second_half(latency[a:b]) for a, b in bounds])
    return pd.DataFrame(values, segments.keys)


def _middle(values: Floats, begin: int, end: int) -> tuple[int, int]:
    """Return the positions of the two middle values of a range; one twice if it is odd."""
    order, size = np.argsort(values[begin:end], kind="stable"), end - begin
    return begin + order[(size - 1) // 2], begin + order[size // 2]


def _second_half(segment: Floats) -> float:
    """Return median of the second half / of the first; an odd segment's middle is in none."""
    half = len(segment) // 2
    if not half:
        return math.nan
    first, second = np.sort(segment[:half]), np.sort(segment[-half:])
    low, high = (half - 1) // 2, half // 2
    return float((second[low] + second[high]) / (first[low] + first[high]))


def _components(samples: pd.DataFrame, rows: Ints) -> dict[str, Floats]:
    """Return the parts of the latency of rows [ns] [1]_; only ``compute`` is known locally.

    References
    ----------
    .. [1] METHOD, section 1: stamps of two clocks are never subtracted from each other.
    """
    c1, c2, c4, c5 = (column(samples, f"c{i}_ns", rows) for i in (1, 2, 4, 5))
    w1, w2, w3, w4, w5 = (column(samples, f"w{i}_ns", rows) for i in (1, 2, 3, 4, 5))
    return {
        "encode": c2 - c1,
        "transport": (c4 - c2) - (w5 - w1),
        "queue": w2 - w1,
        "decode_in": w3 - w2,
        "compute": w4 - w3,
        "encode_out": w5 - w4,
        "decode": c5 - c4,
    }


def _mean_compute(samples: pd.DataFrame, segments: Segments) -> Floats:
    compute_ns = column(samples, "w4_ns", segments.rows) - column(samples, "w3_ns", segments.rows)
    return segments.sums(compute_ns) / segments.sizes


def _completions(samples: pd.DataFrame) -> pd.DataFrame:
    """Return the throughput of each segment, and how far it agrees with Little's law.

    The throughput of a segment is its images over the time from the completion before the first
    measured one to the last [1]_: of the burst where there is one, else of the requests back to
    back after the warm-up. By Little's law ``throughput * mean latency / (B k)`` is 1 if k
    requests were always outstanding; the mean is over the requests that began after the first
    completion, since those before it filled the pipeline.

    References
    ----------
    .. [1] METHOD, "Throughput of a segment", and section 5, V3.
    """
    segments = to_segments(samples, _timed_rows(samples))
    rows = segments.rows
    start, done = column(samples, "c1_ns", rows), column(samples, "c5_ns", rows)
    first, last = (bound.reduceat(done, segments.begins) for bound in (np.minimum, np.maximum))
    ok = np.logical_and.reduceat(is_ok(samples, rows), segments.begins)
    in_flight = column(samples, "in_flight_count", rows[segments.begins])
    batch_size = segments.keys.get_level_values("batch_size").to_numpy()
    seconds = np.where(ok & (last > first), (last - first) / NS_PER_S, np.nan)
    ips = (segments.sizes - 1) * batch_size / seconds
    steady = start >= segments.spread(first)
    requests = segments.sums(steady.astype(float))
    residence_ns = segments.sums(np.where(steady, done - start, 0.0))
    mean_s = residence_ns / np.where(requests, requests, np.nan) / NS_PER_S
    law = ips * mean_s / (batch_size * in_flight)
    compute = _mean_compute(samples, segments)
    values = {"throughput_ips": ips, "littles_law": law, "timed_compute_ns": compute}
    return pd.DataFrame(values, segments.keys)


def _timed_rows(samples: pd.DataFrame) -> Ints:
    """Return the rows whose completions time a throughput; the first one starts the clock."""
    back_to_back = (samples.arm != "remote").to_numpy()
    latency, warmup = (
        rows[back_to_back[rows]] for rows in (rows_of(samples, p) for p in ("latency", "warmup"))
    )
    warmups = to_segments(samples, warmup)
    return np.concatenate([rows_of(samples, "burst"), warmups.rows[warmups.ends - 1], latency])
