"""What a run predicts of another link, payload or worker, from its own blocks.

Only the transport and the compute of a remote request change. On loopback, transport is a fixed
part and the time to copy the bytes. A link carries them while they are copied, so that transport is
the longer of the two: what loopback takes, or the fixed part and the wire time of all bytes, the
answer's among them. The round trip of the link comes on top. Each block is predicted from its own
components, so that intervals include how blocks differ.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench.records import Cell
from bench.stats.cells import ARMS
from bench.stats.columns import Floats
from bench.stats.estimate import LEVEL, MIN_OVERHEAD_BLOCKS, Estimate
from bench.stats.intervals import estimate_loss, estimate_mean, estimate_value
from bench.stats.loss_scale import LATENCY
from bench.stats.overhead import percent_of_local
from bench.stats.round_trip import wire_time_ns
from bench.stats.segments import split_cells

REPLY_BYTES = 4000
"""Of the answer to an image: 1000 logits, float32, as classifiers of torchvision give them."""
_FRAME_BYTES, _TCP_BYTES = 1514, 1448
"""A full Ethernet frame at an MTU of 1500, and what it carries of a TCP stream."""
_FIT_KEYS = ["threads", "block"]
_OTHERS = ["encode_ns", "queue_ns", "decode_in_ns", "encode_out_ns", "decode_ns"]
"""What the overhead has beside transport."""


class Scenario(NamedTuple):
    """What is predicted; the default is what was measured.

    ``rate_mbps`` is the rate of the link; None is the link of the run. ``rtt_ns`` is the round trip
    of a small message over it. ``image_bytes`` are sent for each image; None is as many as the run
    sent. ``speedup`` divides the time that the worker computes.
    """

    rate_mbps: float | None = None
    rtt_ns: float = 0.0
    image_bytes: float | None = None
    speedup: float = 1.0


MEASURED = Scenario()


@dataclass(frozen=True, slots=True)
class Prediction:
    """A cell as it is predicted; estimates as those of a measured cell, None where unknown.

    ``blocks`` are those that have both arms.
    """

    cell: Cell
    blocks: int
    latency_ns: Estimate | None
    overhead_ns: Estimate | None
    overhead_percent: Estimate | None
    latency_loss_percent: Estimate | None


def predict_cells(
    values: pd.DataFrame, scenario: Scenario, level: float = LEVEL
) -> tuple[Prediction, ...]:
    """Return the prediction of each cell that has both arms, by batch size, then threads.

    Parameters
    ----------
    values : DataFrame
        The ``segments`` of :class:`bench.stats.blocks.BlockData`, of blocks that count. Of a run
        over a link they predict another ``speedup`` only.
    scenario : Scenario
        What is predicted.
    level : float
        Level of the intervals.
    """
    predicted = predict_blocks(request_parts(values), scenario)
    return tuple(_estimate(cell, rows, level) for cell, rows in split_cells(predicted))


def request_parts(values: pd.DataFrame) -> pd.DataFrame:
    """Return what :func:`predict_blocks` needs of each cell and block that has both arms.

    Parameters
    ----------
    values : DataFrame
        As for :func:`predict_cells`.

    Returns
    -------
    DataFrame
        Indexed by batch size, threads and block: columns of the remote arm, ``local_latency_ns``
        and ``local_overhead_ns`` of the local one, ``median_transport_ns``, the transport within
        the remote median overhead, and ``fixed_ns``, as :func:`fixed_transport` has it.
    """
    local, remote = (
        values[values.index.get_level_values("arm") == arm].droplevel("arm") for arm in ARMS
    )
    names = ["latency_ns", "overhead_ns"]
    columns = [*names, "transport_ns", "compute_ns", "payload_bytes", *_OTHERS]
    parts = remote[columns].join(local[names].add_prefix("local_"), how="inner")
    # The typical request is the one of the median latency, whose transport may be an outlier.
    transport_ns = (parts.overhead_ns - parts[_OTHERS].sum(axis="columns")).clip(lower=0.0)
    parts["median_transport_ns"] = transport_ns.replace(np.inf, np.nan)
    return parts.join(fixed_transport(parts).rename("fixed_ns"), on=_FIT_KEYS)


def fixed_transport(parts: pd.DataFrame) -> pd.Series:
    """Return what transport would take without a payload [ns], for each thread count and block.

    It is the intercept of a line through the transport of all batch sizes, fitted with equal
    relative errors; at least zero, and at most the shortest transport. Where there is one batch
    size, it is the transport of that: predictions of a link are too long then, never too short.

    Parameters
    ----------
    parts : DataFrame
        Columns ``median_transport_ns`` and ``payload_bytes``; indexed by batch size, threads and
        block.
    """
    known = parts[parts.median_transport_ns > 0]
    x, y = known.payload_bytes, known.median_transport_ns
    terms = pd.DataFrame(
        {"one": y**-2, "x": x * y**-2, "y": 1 / y, "xx": x**2 * y**-2, "xy": x / y, "shortest": y}
    ).groupby(level=_FIT_KEYS)
    sums, shortest = terms.sum(), terms.shortest.min()
    spread = sums.one * sums.xx - sums.x**2
    intercept = (sums.xx * sums.y - sums.x * sums.xy) / spread
    sizes = x.groupby(level=_FIT_KEYS)
    several = sizes.max() > sizes.min()
    fixed: pd.Series = intercept.clip(lower=0.0).where(several, shortest)
    return fixed.clip(upper=shortest)


def predict_blocks(parts: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Return latency and overhead of the remote arm as they are predicted, of each cell and block.

    Parameters
    ----------
    parts : DataFrame
        From :func:`request_parts`.
    scenario : Scenario
        What is predicted.

    Returns
    -------
    DataFrame
        ``latency_ns``, ``overhead_ns``, ``local_latency_ns`` and ``local_overhead_ns``.
    """
    computing_ns = np.nan_to_num(parts.compute_ns.to_numpy()) * (1 / scenario.speedup - 1)
    return pd.DataFrame(
        {
            "latency_ns": parts.latency_ns
            + _longer_ns(parts, "transport_ns", scenario)
            + computing_ns,
            "overhead_ns": parts.overhead_ns + _longer_ns(parts, "median_transport_ns", scenario),
            "local_latency_ns": parts.local_latency_ns,
            "local_overhead_ns": parts.local_overhead_ns,
        }
    )


def _longer_ns(parts: pd.DataFrame, name: str, scenario: Scenario) -> Floats:
    """Return by how much longer the transport in a column becomes [ns], float64 [parts]."""
    images = parts.index.get_level_values("batch_size").to_numpy()
    replies = images * REPLY_BYTES
    measured_ns, measured_bytes = parts[name].to_numpy(), parts.payload_bytes.to_numpy() + replies
    sent_bytes = (
        measured_bytes if scenario.image_bytes is None else images * scenario.image_bytes + replies
    )
    fixed_ns = np.minimum(parts.fixed_ns.to_numpy(), measured_ns)
    carried_ns = (measured_ns - fixed_ns) * (sent_bytes / measured_bytes)
    if scenario.rate_mbps is not None:
        framed_bytes = sent_bytes * (_FRAME_BYTES / _TCP_BYTES)
        carried_ns = np.maximum(carried_ns, framed_bytes * wire_time_ns(1, scenario.rate_mbps))
    longer_ns: Floats = fixed_ns + carried_ns + scenario.rtt_ns - measured_ns
    return np.nan_to_num(longer_ns, nan=0.0)  # a failed request stays infinitely slow


def _estimate(cell: Cell, rows: pd.DataFrame, level: float) -> Prediction:
    """Return the estimates of a cell from the predictions of its blocks."""
    overheads_ns = (rows.overhead_ns - rows.local_overhead_ns).dropna()
    overhead_ns = estimate_mean(overheads_ns, level, MIN_OVERHEAD_BLOCKS)
    local_ns = estimate_value(rows.local_latency_ns, level)
    return Prediction(
        cell=cell,
        blocks=len(rows),
        latency_ns=estimate_value(rows.latency_ns, level),
        overhead_ns=overhead_ns,
        overhead_percent=percent_of_local(overhead_ns, local_ns),
        latency_loss_percent=estimate_loss(
            rows.local_latency_ns, rows.latency_ns, LATENCY, level=level
        ),
    )
