"""Rows are reduced to values per block, cell and arm; the block is the unit of replication."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench.records import Phase
from bench.stats.bursts import cold_requests, mean_compute, throughputs
from bench.stats.columns import Columns, Floats, Ints, column, to_columns
from bench.stats.effort import segment_effort
from bench.stats.segments import to_index, to_segments
from bench.stats.typical import typical_requests
from bench.store.read import Rows


class BlockData(NamedTuple):
    """The reduced rows of a run: all that a page, a table or a decision needs of them.

    ``segments`` has a row for each segment, indexed by :data:`bench.stats.segments.KEYS`; its
    columns are those of :func:`reduce_blocks`. ``latencies``, with the same index, has an array,
    float64 [requests], for each segment: the latencies of its latency requests [ns] in the order
    in which they were made, infinite where one failed. ``probes`` has ``payload_bytes`` and
    ``latency_ns``, the medians over the probes at all thread counts of their payload and of their
    round trip without preprocessing and copies, indexed by ``batch_size`` and ``block``.
    """

    segments: pd.DataFrame
    latencies: pd.Series
    probes: pd.DataFrame

    def without(self, blocks: Iterable[int]) -> "BlockData":
        """Return the same without these blocks."""
        numbers = list(blocks)
        segments, latencies, probes = (~each.index.isin(numbers, level="block") for each in self)
        return BlockData(self.segments[segments], self.latencies[latencies], self.probes[probes])


class _Part(NamedTuple):
    """The reduced rows of some blocks, as arrays: one table per block would take longer."""

    keys: Ints
    columns: dict[str, Floats]
    latencies: list[Floats]
    probe_keys: Ints
    probes: dict[str, Floats]


def reduce_blocks(blocks: Iterable[Rows]) -> BlockData:
    """Reduce the rows of a run, one table of rows after the other.

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
        ``overhead_ns`` and ``median_compute_ns``, the medians of the time outside of computing
        and of computing; ``payload_bytes``, the mean size of a batch as it is sent;
        ``log_halves``, the log ratio of the medians of the second and the first half of the
        segment; ``throughput_ips``, ``littles_law``, ``waiting_fraction`` and
        ``overlapped_compute_ns`` as in :func:`bench.stats.bursts.throughputs`; ``log_repeated``,
        of a remote segment the log ratio of the mean compute times of the requests that send its
        batches once more, and of those that sent them first: burst and latency requests, in the
        order in which they were made.

        For the effort of a run: ``latency_count`` latency requests; ``request_count``
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
    """Return several parts of a run as one; each part has other blocks."""
    segments, latencies, probes = zip(*parts, strict=True)
    return BlockData(*(pd.concat(each).sort_index() for each in (segments, latencies, probes)))


def _joined(parts: list[dict[str, Floats]]) -> dict[str, Floats]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _reduce(samples: Rows) -> _Part:
    columns, all_segments = to_columns(samples), to_segments(samples)
    latency, places = all_segments.where(columns.phases[Phase.LATENCY])
    values = typical_requests(columns, latency)
    segment_values = throughputs(columns, all_segments) | segment_effort(columns, all_segments)
    values |= {name: each[places] for name, each in segment_values.items()}
    payload_bytes = column(samples, "payload_bytes")[latency.rows]
    values["payload_bytes"] = latency.sums(payload_bytes) / latency.sizes
    with np.errstate(divide="ignore", invalid="ignore"):  # a remembered answer may take no time
        cold = cold_requests(columns, all_segments)
        ratios = values.pop("timed_compute_ns") / mean_compute(columns, latency, cold)
        begins_with_burst = all_segments.counts(cold)[places] > 0
        values["log_repeated"] = np.where(begins_with_burst, -1, 1) * np.log(ratios)
    singles = np.split(columns.latency_ns[latency.rows], latency.begins[1:])
    return _Part(latency.keys, values, singles, *_probes(samples, columns))


def _probes(samples: Rows, columns: Columns) -> tuple[Ints, dict[str, Floats]]:
    """Return batch size and block of the probes, and their round trips at all thread counts."""
    rows = np.flatnonzero(columns.phases[Phase.PROBE])
    keys = np.column_stack([np.asarray(samples[name])[rows] for name in ("batch_size", "block")])
    unique, code = np.unique(keys, axis=0, return_inverse=True)
    payload_bytes = column(samples, "payload_bytes")[rows]
    latency_ns = (columns.latency_ns - sum(columns.optional_ns.values()))[rows]
    masks = [code == place for place in range(len(unique))]
    return unique, {
        "payload_bytes": np.array([np.median(payload_bytes[mask]) for mask in masks]),
        "latency_ns": np.array([np.median(latency_ns[mask]) for mask in masks]),
    }
