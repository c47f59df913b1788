"""Rows are reduced to values of each block, cell and arm: what the unit of replication says.

The typical request of a block is its median one: the middle request by latency, or the mean of
the two middle ones. Its components are taken from the same requests, so that they add up to its
latency exactly; medians of each component would not.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench.records import Arm, Outcome, Phase
from bench.stats.estimate import COMPONENTS
from bench.stats.segments import (
    Floats,
    Ints,
    Mask,
    Segments,
    column,
    to_index,
    to_segments,
    word_codes,
)
from bench.store.read import Rows
from bench.units import NS_PER_S

_OK, _REMOTE = list(Outcome).index(Outcome.OK), list(Arm).index(Arm.REMOTE)
_STAMPS = ("c1", "c2", "c4", "c5", "w1", "w2", "w3", "w4", "w5")


class BlockData(NamedTuple):
    """What rows are reduced to, once: all that a page, a table or a decision needs of them.

    ``segments`` has a row for each segment, indexed by :data:`bench.stats.segments.KEYS`; its
    columns are those of :func:`reduce_blocks`. ``latencies``, with the same index, has the latency
    of each single latency request [ns] in the order in which they were made, infinite where one
    failed. ``probes`` has ``payload_bytes`` and ``latency_ns``, the median round trip of the
    probes at all thread counts, indexed by ``batch_size`` and ``block``.
    """

    segments: pd.DataFrame
    latencies: pd.Series
    probes: pd.DataFrame

    def without(self, blocks: Iterable[int]) -> "BlockData":
        """Return the same without these blocks."""
        gone = list(blocks)
        segments, latencies, probes = (~each.index.isin(gone, level="block") for each in self)
        return BlockData(self.segments[segments], self.latencies[latencies], self.probes[probes])


class _Columns(NamedTuple):
    """The columns that are reduced, each float64 [rows] or bool [rows]."""

    phases: dict[Phase, Mask]
    ok: Mask
    back_to_back: Mask
    latency_ns: Floats
    stamps: dict[str, Floats]


class _Part(NamedTuple):
    """What some rows are reduced to, as arrays: tables of each block would take longer."""

    keys: Ints
    columns: dict[str, Floats]
    latencies: list[Floats]
    probe_keys: Ints
    probes: dict[str, Floats]


def reduce_blocks(blocks: Iterable[Rows]) -> BlockData:
    """Return what the rows of a run are reduced to, one table of rows after the other.

    Parameters
    ----------
    blocks : iterable of Rows
        At least one, each of one block or of several, with at least one row; columns as in
        :mod:`bench.store.schema`.

    Returns
    -------
    BlockData
        The columns of its ``segments`` are: ``latency_ns``, the median latency, where a request
        that failed is infinitely slow; its components ``encode_ns`` to ``decode_ns``;
        ``log_halves``, the log ratio of the medians of the second and the first half of the
        segment; ``throughput_ips`` and ``littles_law`` as in :func:`_completions`;
        ``log_repeated``, the log ratio of the mean compute times of those requests, which send
        the batches of a remote segment once more, and of the first ones.

        What a run's effort is told from: ``latency_count`` latency requests; ``request_count``
        and ``failed_count`` of latency and burst together; ``warmup_ns``, ``timed_ns`` (latency),
        ``burst_ns`` and ``probe_ns``, the time spent in each phase; ``cpu_ns`` and ``wall_ns`` of
        computing the latency requests whose CPU time is known; ``fault_count``, their minor
        faults, of ``fault_known_count`` requests.
    """
    parts = [_reduce(samples) for samples in blocks]
    index = to_index(np.concatenate([part.keys for part in parts]))
    singles = np.empty(len(index), object)
    singles[:] = [single for part in parts for single in part.latencies]
    probe_keys = np.concatenate([part.probe_keys for part in parts])
    probe_index = pd.MultiIndex.from_arrays(list(probe_keys.T), names=["batch_size", "block"])
    return BlockData(
        pd.DataFrame(_joined([part.columns for part in parts]), index).sort_index(),
        pd.Series(singles, index).sort_index(),
        pd.DataFrame(_joined([part.probes for part in parts]), probe_index).sort_index(),
    )


def join_blocks(parts: Iterable[BlockData]) -> BlockData:
    """Return what several parts of a run, of different blocks, say together."""
    segments, latencies, probes = zip(*parts, strict=True)
    return BlockData(*(pd.concat(each).sort_index() for each in (segments, latencies, probes)))


def _joined(parts: list[dict[str, Floats]]) -> dict[str, Floats]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _reduce(samples: Rows) -> _Part:
    stamps = {name: column(samples, f"{name}_ns") for name in _STAMPS}
    phase, arm = word_codes(samples, "phase"), word_codes(samples, "arm")
    ok = word_codes(samples, "outcome") == _OK
    columns = _Columns(
        phases={name: phase == code for code, name in enumerate(Phase)},
        ok=ok,
        back_to_back=arm != _REMOTE,
        latency_ns=np.where(ok, stamps["c5"] - stamps["c1"], np.inf),
        stamps=stamps,
    )
    segments = to_segments(samples)
    latency, places = segments.where(columns.phases[Phase.LATENCY])
    values = _latency_values(columns, latency)
    mean_compute_ns = _mean_compute(columns, latency)
    found = _completions(samples, columns, segments) | _effort(samples, columns, segments)
    values |= {name: each[places] for name, each in found.items()}
    with np.errstate(divide="ignore", invalid="ignore"):  # a remembered answer may take no time
        values["log_repeated"] = np.log(values.pop("timed_compute_ns") / mean_compute_ns)
    singles = np.split(columns.latency_ns[latency.rows], latency.begins[1:])
    return _Part(latency.keys, values, singles, *_probes(samples, columns))


def _latency_values(columns: _Columns, segments: Segments) -> dict[str, Floats]:
    latency = columns.latency_ns[segments.rows]
    bounds = list(zip(segments.begins.tolist(), segments.ends.tolist(), strict=True))
    middle = np.array([_middle(latency, *bound) for bound in bounds], dtype=np.intp).reshape(-1, 2)
    values = {"latency_ns": latency[middle].mean(axis=1)}
    at_low, at_high = (_components(columns, segments.rows[places]) for places in middle.T)
    for name in COMPONENTS:
        values[f"{name}_ns"] = (at_low[name] + at_high[name]) / 2
    with np.errstate(invalid="ignore", divide="ignore"):  # a half may be infinitely slow
        values["log_halves"] = np.log([_second_half(latency[a:b]) for a, b in bounds])
    return values


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


def _components(columns: _Columns, rows: Ints) -> dict[str, Floats]:
    """Return the parts of the latency of rows [ns] [1]_; only ``compute`` is known locally.

    References
    ----------
    .. [1] METHOD, section 1: stamps of two clocks are never subtracted from each other.
    """
    c1, c2, c4, c5, w1, w2, w3, w4, w5 = (columns.stamps[name][rows] for name in _STAMPS)
    return {
        "encode": c2 - c1,
        "transport": (c4 - c2) - (w5 - w1),
        "queue": w2 - w1,
        "decode_in": w3 - w2,
        "compute": w4 - w3,
        "encode_out": w5 - w4,
        "decode": c5 - c4,
    }


def _mean_compute(columns: _Columns, segments: Segments) -> Floats:
    compute_ns = columns.stamps["w4"] - columns.stamps["w3"]
    return segments.sums(compute_ns[segments.rows]) / segments.sizes


def _completions(samples: Rows, columns: _Columns, every: Segments) -> dict[str, Floats]:
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
    segments, places = every.where(_times_throughput(columns, every))
    rows = segments.rows
    start, done = columns.stamps["c1"][rows], columns.stamps["c5"][rows]
    first, last = (bound.reduceat(done, segments.begins) for bound in (np.minimum, np.maximum))
    ok = np.logical_and.reduceat(columns.ok[rows], segments.begins)
    in_flight = column(samples, "in_flight_count")[rows[segments.begins]]
    batch_size = segments.keys[:, 0]
    seconds = np.where(ok & (last > first), (last - first) / NS_PER_S, np.nan)
    ips = (segments.sizes - 1) * batch_size / seconds
    steady = start >= segments.spread(first)
    requests = segments.sums(steady)
    residence_ns = segments.sums(np.where(steady, done - start, 0.0))
    mean_s = residence_ns / np.where(requests, requests, np.nan) / NS_PER_S
    found = {
        "throughput_ips": ips,
        "littles_law": ips * mean_s / (batch_size * in_flight),
        "timed_compute_ns": _mean_compute(columns, segments),
    }
    missing = np.full((len(found), len(every.keys)), np.nan)
    missing[:, places] = list(found.values())
    return dict(zip(found, missing, strict=True))


def _times_throughput(columns: _Columns, every: Segments) -> Mask:
    """Return which rows complete a throughput's images; the first one starts the clock."""
    phases, back_to_back = columns.phases, columns.back_to_back
    chosen: Mask = phases[Phase.BURST] | (phases[Phase.LATENCY] & back_to_back)
    warmups, _ = every.where(phases[Phase.WARMUP] & back_to_back)
    chosen[warmups.rows[warmups.ends - 1]] = True
    return chosen


def _effort(samples: Rows, columns: _Columns, every: Segments) -> dict[str, Floats]:
    """Return what each segment took, whatever its requests said."""
    warmup, latency, burst, probe = (columns.phases[phase] for phase in Phase)
    summarised = latency | burst
    cpu_ns, faults = column(samples, "cpu_ns"), column(samples, "minor_faults_count")
    wall_ns = columns.stamps["w4"] - columns.stamps["w3"]
    timed, counted = latency & ~np.isnan(cpu_ns + wall_ns), latency & ~np.isnan(faults)
    taken_ns = np.nan_to_num(columns.stamps["c5"] - columns.stamps["c1"])

    def total(values: Floats, chosen: Mask) -> Floats:
        return every.sums(np.where(chosen, values, 0.0)[every.rows])

    return {
        "latency_count": every.counts(latency),
        "request_count": every.counts(summarised),
        "failed_count": every.counts(summarised & ~columns.ok),
        "warmup_ns": total(taken_ns, warmup),
        "timed_ns": total(taken_ns, latency),
        "burst_ns": _burst_ns(columns, burst, every),
        "probe_ns": total(taken_ns, probe),
        "cpu_ns": total(cpu_ns, timed),
        "wall_ns": total(wall_ns, timed),
        "fault_count": total(faults, counted),
        "fault_known_count": every.counts(counted),
    }


def _burst_ns(columns: _Columns, burst: Mask, every: Segments) -> Floats:
    """Return from when to when each segment's burst went on; its requests overlap."""
    segments, places = every.where(burst)
    spent = np.zeros(len(every.keys))
    if len(places):
        last = np.fmax.reduceat(columns.stamps["c5"][segments.rows], segments.begins)
        first = np.fmin.reduceat(columns.stamps["c1"][segments.rows], segments.begins)
        spent[places] = np.nan_to_num(last - first)
    return spent


def _probes(samples: Rows, columns: _Columns) -> tuple[Ints, dict[str, Floats]]:
    """Return batch size and block of the probes, and their round trips at all thread counts."""
    rows = np.flatnonzero(columns.phases[Phase.PROBE])
    keys = np.column_stack([np.asarray(samples[name])[rows] for name in ("batch_size", "block")])
    unique, code = np.unique(keys, axis=0, return_inverse=True)
    payload_bytes, latency_ns = column(samples, "payload_bytes")[rows], columns.latency_ns[rows]
    mine = [code == place for place in range(len(unique))]
    return unique, {
        "payload_bytes": np.array([payload_bytes[chosen][0] for chosen in mine]),
        "latency_ns": np.array([np.median(latency_ns[chosen]) for chosen in mine]),
    }
