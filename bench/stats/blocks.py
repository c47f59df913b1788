"""Samples become one row a block, cell and arm: what the unit of replication says.

The typical request of a block is its median one: the middle request by latency, or the mean of
the two middle ones. Its components are taken from the same requests, so that they add up to its
latency exactly; medians of each component would not.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.units import NS_PER_S

KEYS = ["batch_size", "threads", "block", "arm"]
COMPONENTS = ("encode", "transport", "queue", "decode_in", "compute", "encode_out", "decode")
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]


def block_values(samples: pd.DataFrame) -> pd.DataFrame:
    """Return the values of each block, indexed by ``KEYS``.

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


def latencies_ns(samples: pd.DataFrame, rows: Ints) -> Floats:
    """Return the latency of the rows at these positions; infinite where a request failed."""
    ok = (samples.outcome == "ok").to_numpy()[rows]
    return np.where(ok, _column(samples, "c5_ns", rows) - _column(samples, "c1_ns", rows), np.inf)


def rows_of(samples: pd.DataFrame, phase: str) -> Ints:
    """Return the positions of a phase's rows."""
    return np.flatnonzero((samples.phase == phase).to_numpy())


def _latency_values(samples: pd.DataFrame) -> pd.DataFrame:
    rows = rows_of(samples, "latency")
    code, index = _grouped(samples, rows)
    latency = latencies_ns(samples, rows)
    order = np.lexsort((latency, code))
    low, high = _middle(order, code, len(index))
    values = {"latency_ns": (latency[low] + latency[high]) / 2}
    at_low, at_high = (_components(samples, rows[middle]) for middle in (low, high))
    for name in COMPONENTS:
        values[f"{name}_ns"] = (at_low[name] + at_high[name]) / 2
    values["mean_compute_ns"] = _mean_compute(samples, rows, code)
    request = _column(samples, "request", rows)
    values["log_halves"] = _log_halves(order, code, latency, request, len(index))
    return pd.DataFrame(values, index)


def _grouped(samples: pd.DataFrame, rows: Ints) -> tuple[Ints, pd.MultiIndex]:
    """Return the number of each row's block, cell and arm, and what the numbers stand for."""
    groups = samples[KEYS].iloc[rows].groupby(KEYS)
    index = groups.size().index
    assert isinstance(index, pd.MultiIndex)
    return groups.ngroup().to_numpy(dtype=np.int32), index


def _components(samples: pd.DataFrame, rows: Ints) -> dict[str, Floats]:
    """Return the parts of the latency of rows [ns] [1]_; only ``compute`` is known locally.

    References
    ----------
    .. [1] METHOD, section 1: stamps of two clocks are never subtracted from each other.
    """
    c1, c2, c4, c5 = (_column(samples, f"c{i}_ns", rows) for i in (1, 2, 4, 5))
    w1, w2, w3, w4, w5 = (_column(samples, f"w{i}_ns", rows) for i in (1, 2, 3, 4, 5))
    return {
        "encode": c2 - c1,
        "transport": (c4 - c2) - (w5 - w1),
        "queue": w2 - w1,
        "decode_in": w3 - w2,
        "compute": w4 - w3,
        "encode_out": w5 - w4,
        "decode": c5 - c4,
    }


def _mean_compute(samples: pd.DataFrame, rows: Ints, code: Ints) -> Floats:
    compute_ns = _column(samples, "w4_ns", rows) - _column(samples, "w3_ns", rows)
    means: Floats = np.bincount(code, compute_ns) / np.bincount(code)
    return means


def _log_halves(order: Ints, code: Ints, latency: Floats, request: Floats, count: int) -> Floats:
    """Return ln(median of the second half / of the first); an odd segment's middle is in none."""
    first = np.full(count, np.inf)
    np.minimum.at(first, code, request)
    place = 2 * (request - first[code]) + 1
    size = np.bincount(code, minlength=count)[code]
    order = order[(place != size)[order]]
    half_code = 2 * code + (place > size)
    # By value within each segment already, so a stable sort has but two runs of each to part.
    order = order[np.argsort(half_code[order], kind="stable")]
    low, high = _middle(order, half_code, 2 * count)
    padded = np.append(latency, np.nan)  # an empty half has no middle
    medians = (padded[low] + padded[high]) / 2
    with np.errstate(invalid="ignore", divide="ignore"):  # a half may be infinitely slow
        log_halves: Floats = np.log(medians[1::2] / medians[::2])
    return log_halves


def _middle(order: Ints, code: Ints, count: int) -> tuple[Ints, Ints]:
    """Return the positions of the two middle values of each group (one twice if odd).

    ``order`` has positions by group, then value. A group without any has the one after the last.
    """
    size, nowhere = np.bincount(code[order], minlength=count), len(code)
    first, order = np.cumsum(size) - size, np.append(order, nowhere)
    low, high = order[first + (size - 1) // 2], order[first + size // 2]
    return np.where(size, low, nowhere), np.where(size, high, nowhere)


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
    rows = _timed_rows(samples)
    code, index = _grouped(samples, rows)
    count = len(index)
    done, start = _column(samples, "c5_ns", rows), _column(samples, "c1_ns", rows)
    first, last, ok = np.full(count, np.inf), np.zeros(count), np.ones(count, dtype=bool)
    np.minimum.at(first, code, done)
    np.maximum.at(last, code, done)
    np.logical_and.at(ok, code, (samples.outcome == "ok").to_numpy()[rows])
    in_flight = np.zeros(count)
    in_flight[code] = _column(samples, "in_flight_count", rows)
    batch_size = index.get_level_values("batch_size").to_numpy()
    seconds = np.where(ok & (last > first), (last - first) / NS_PER_S, np.nan)
    ips = (np.bincount(code, minlength=count) - 1) * batch_size / seconds
    steady = start >= first[code]
    requests = np.bincount(code[steady], minlength=count)
    residence_ns = np.bincount(code[steady], (done - start)[steady], minlength=count)
    mean_s = residence_ns / np.where(requests, requests, np.nan) / NS_PER_S
    law = ips * mean_s / (batch_size * in_flight)
    compute = _mean_compute(samples, rows, code)
    values = {"throughput_ips": ips, "littles_law": law, "timed_compute_ns": compute}
    return pd.DataFrame(values, index)


def _timed_rows(samples: pd.DataFrame) -> Ints:
    """Return the rows whose completions time a throughput; the first one starts the clock."""
    bursts = rows_of(samples, "burst")
    back_to_back = (samples.arm != "remote").to_numpy()
    latency = rows_of(samples, "latency")
    warmup = rows_of(samples, "warmup")
    warmup = warmup[back_to_back[warmup]]
    before = samples[[*KEYS, "request"]].iloc[warmup].reset_index(drop=True)
    last = before.groupby(KEYS).request.idxmax().to_numpy()
    return np.concatenate([bursts, latency[back_to_back[latency]], warmup[last]])


def _column(samples: pd.DataFrame, name: str, rows: Ints) -> Floats:
    return samples[name].to_numpy()[rows].astype(np.float64, copy=False)
