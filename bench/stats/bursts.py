"""The throughput of a segment, from requests back to back or with several in flight.

The compute thread of a remote arm waits less with several requests in flight, but may compute more
slowly while a transfer goes on. Both are computed from the stamps of its own clock.
"""

import numpy as np

from bench.records import Phase
from bench.stats.columns import Columns, Floats, Mask
from bench.stats.segments import Segments
from bench.units import NS_PER_S


def throughputs(columns: Columns, all_segments: Segments) -> dict[str, Floats]:
    """Return the throughput of each segment, and what belongs to it; NaN where there is none.

    The throughput of a segment is its images over the time from the completion before the first
    measured one to the last [1]_: of the burst where there is one, else of the requests back to
    back after the warm-up. By Little's law ``throughput * mean latency / (B k)`` is 1 if k
    requests were always outstanding; the mean is over the requests that began after the first
    completion, since those before it filled the pipeline.

    Returns
    -------
    dict of str to ndarray, float64 [segments]
        ``throughput_ips``; ``littles_law``; ``timed_compute_ns``, the mean compute time of those
        requests without a cold one; ``waiting_fraction`` and ``overlapped_compute_ns`` as in
        :func:`_waiting`.

    References
    ----------
    .. [1] METHOD, "Throughput of a segment", and section 5, V3.
    """
    timed, cold = _timed(columns, all_segments), cold_requests(columns, all_segments)
    segments, places = all_segments.where(timed)
    rows = segments.rows
    start, done = columns.stamps["c1"][rows], columns.stamps["c5"][rows]
    first, last = (bound.reduceat(done, segments.begins) for bound in (np.minimum, np.maximum))
    ok = np.logical_and.reduceat(columns.ok[rows], segments.begins)
    in_flight = columns.in_flight_count[rows[segments.begins]]
    batch_size = segments.keys[:, 0]
    seconds = np.where(ok & (last > first), (last - first) / NS_PER_S, np.nan)
    ips = (segments.sizes - 1) * batch_size / seconds
    steady = start >= segments.spread(first)
    requests = segments.sums(steady)
    residence_ns = segments.sums(np.where(steady, done - start, 0.0))
    mean_s = residence_ns / np.where(requests, requests, np.nan) / NS_PER_S
    values = {
        "throughput_ips": ips,
        "littles_law": ips * mean_s / (batch_size * in_flight),
        "timed_compute_ns": mean_compute(columns, segments, cold),
        **_waiting(columns, segments, ok, cold),
    }
    missing = np.full((len(values), len(all_segments.keys)), np.nan)
    missing[:, places] = list(values.values())
    return dict(zip(values, missing, strict=True))


def mean_compute(columns: Columns, segments: Segments, left_out: Mask) -> Floats:
    """Return the mean compute time of the requests of each segment that are not left out [ns].

    Parameters
    ----------
    columns : Columns
        All rows, as arrays.
    segments : Segments
        The segments to look at, with positions in these rows.
    left_out : ndarray, bool [rows]
        Which of all rows do not count.

    Returns
    -------
    ndarray, float64 [segments]
        NaN where no request of a segment counts.
    """
    compute_ns = columns.stamps["w4"] - columns.stamps["w3"]
    counted = ~left_out[segments.rows]
    count = segments.sums(counted)
    total_ns = segments.sums(np.where(counted, compute_ns[segments.rows], 0.0))
    return total_ns / np.where(count, count, np.nan)


def cold_requests(columns: Columns, all_segments: Segments) -> Mask:
    """Return which rows are the warm-up of a segment that begins with its burst: the first ones.

    Returns
    -------
    ndarray, bool [rows]
    """
    cold = np.zeros(len(columns.ok), dtype=np.bool_)
    first = all_segments.rows[all_segments.begins]
    cold[first] = columns.phases[Phase.BURST][first]
    return cold


def _timed(columns: Columns, all_segments: Segments) -> Mask:
    """Return which rows a throughput is computed from; its time begins as the first is complete."""
    phases, back_to_back = columns.phases, columns.back_to_back
    chosen: Mask = phases[Phase.BURST] | (phases[Phase.LATENCY] & back_to_back)
    warmups, _ = all_segments.where(phases[Phase.WARMUP] & back_to_back)
    chosen[warmups.rows[warmups.ends - 1]] = True
    return chosen


def _waiting(columns: Columns, segments: Segments, ok: Mask, cold: Mask) -> dict[str, Floats]:
    """Return which share of its time a segment's compute thread waits, and how it computes.

    With the requests in the order in which they were computed, the share is the sum of the gaps
    between the end of one and the start of the next, over the time from the first end to the
    last [1]_. ``overlapped_compute_ns`` is the median compute time of the requests that computed
    while another one was still in transfer: one that was received later than they began. A cold
    request does not count.

    References
    ----------
    .. [1] METHOD, section 4b.
    """
    waiting, overlapped = np.full((2, len(ok)), np.nan)
    for place in np.flatnonzero(ok & (segments.sizes > 1)):
        rows = segments.rows[segments.begins[place] : segments.ends[place]]
        w1, w3, w4 = (columns.stamps[name][rows] for name in ("w1", "w3", "w4"))
        order = np.argsort(w3)
        w1, w3, w4 = w1[order], w3[order], w4[order]
        if w4[-1] > w4[0]:
            waiting[place] = (w3[1:] - w4[:-1]).sum() / (w4[-1] - w4[0])
        overlapping = (w3 < np.fmax.accumulate(w1[::-1])[::-1]) & ~cold[rows][order]
        if overlapping.any():
            overlapped[place] = np.median((w4 - w3)[overlapping])
    return {"waiting_fraction": waiting, "overlapped_compute_ns": overlapped}
