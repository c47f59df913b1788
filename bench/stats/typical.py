"""The typical request of each segment: its latency, and the components of that.

It is the median one: the middle request by latency, or the mean of the two middle ones. Its
components are taken from the same requests, so that they add up to its latency exactly; medians
of each component would not. Overhead and computing are also medians of their own: they must not
depend on which request is the middle one.
"""

import math

import numpy as np

from bench.stats.cells import COMPONENTS
from bench.stats.columns import STAMPS, Columns, Floats, Ints
from bench.stats.segments import Segments


def typical_requests(columns: Columns, latency: Segments) -> dict[str, Floats]:
    """Return the columns of :func:`bench.stats.blocks.reduce_blocks` about latency requests.

    Parameters
    ----------
    columns : Columns
        All rows, as arrays.
    latency : Segments
        The segments of the latency requests alone.

    Returns
    -------
    dict of str to ndarray, float64 [segments]
        Times in [ns].
    """
    rows = latency.rows
    latency_ns = columns.latency_ns[rows]
    bounds = list(zip(latency.begins.tolist(), latency.ends.tolist(), strict=True))
    middle = np.array([_middle(latency_ns, *bound) for bound in bounds], dtype=np.intp)
    values = {"latency_ns": latency_ns[middle].mean(axis=1)}
    at_low, at_high = (_components(columns, rows[places]) for places in middle.T)
    for name in COMPONENTS:
        values[f"{name}_ns"] = (at_low[name] + at_high[name]) / 2
    preprocess_ns = columns.optional_ns["client_preprocess"] + columns.optional_ns["preprocess"]
    medians = {
        "overhead_ns": columns.overhead_ns,
        "median_compute_ns": columns.compute_ns,
        "bare_latency_ns": columns.latency_ns - preprocess_ns,
    }
    for name, each_ns in medians.items():
        times_ns = each_ns[rows]
        values[name] = np.array([_median(times_ns[begin:end]) for begin, end in bounds])
    with np.errstate(invalid="ignore", divide="ignore"):  # a half may be infinitely slow
        values["log_halves"] = np.log([_second_half(latency_ns[a:b]) for a, b in bounds])
    return values


def _middle(values: Floats, begin: int, end: int) -> tuple[int, int]:
    """Return the positions of the two middle values of a range; equal if its length is odd."""
    order, size = np.argsort(values[begin:end], kind="stable"), end - begin
    return begin + order[(size - 1) // 2], begin + order[size // 2]


def _second_half(segment: Floats) -> np.float64 | float:
    """Return median of the second half / of the first; an odd segment's middle is in none."""
    half = len(segment) // 2
    if not half:
        return math.nan
    return _median(segment[-half:]) / _median(segment[:half])


def _median(values: Floats) -> np.float64:
    # As numpy.median, whose checks take longer than its work on so few values.
    ordered = np.sort(values)
    middle: np.float64 = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return middle


def _components(columns: Columns, rows: Ints) -> dict[str, Floats]:
    """Return the parts of the latency of rows [ns] [1]_; only those of computing are known locally.

    References
    ----------
    .. [1] METHOD, section 1: stamps of two clocks are never subtracted from each other.
    """
    c1, c2, c4, c5, w1, w2, w3, w4, w5 = (columns.stamps[name][rows] for name in STAMPS)
    optional = {name: times_ns[rows] for name, times_ns in columns.optional_ns.items()}
    here, there = optional["client_preprocess"], optional["preprocess"]
    return {
        "preprocess": here + there,
        "to_device": optional["to_device"],
        "from_device": optional["from_device"],
        "encode": c2 - c1 - here,
        "transport": (c4 - c2) - (w5 - w1),
        "queue": w2 - w1,
        "decode_in": w3 - w2 - there - optional["to_device"],
        "compute": w4 - w3,
        "encode_out": w5 - w4 - optional["from_device"],
        "decode": c5 - c4,
    }
