"""What the way alone costs: requests that compute nothing, and what their bytes need on a wire."""

from dataclasses import dataclass

import pandas as pd

from bench.records import Facts
from bench.stats.estimate import Estimate
from bench.stats.intervals import estimate_value
from bench.stats.segments import latencies_ns, rows_of
from bench.units import NS_PER_S

_BITS_PER_BYTE = 8
_BITS_PER_MBIT = 1e6


@dataclass(frozen=True, slots=True)
class Way:
    """The way of one batch size: its payload, and the round trip of a probe [ns]."""

    batch_size: int
    payload_bytes: int
    probe_ns: Estimate | None


def probed_ways(samples: pd.DataFrame) -> tuple[Way, ...]:
    """Return the probes of each batch size that has some.

    The unit is the block: each gives the median of its probes at all thread counts, since the way
    does not know how many threads would compute.
    """
    places = rows_of(samples, "probe")
    if not len(places):
        return ()
    probes = samples.iloc[places].assign(latency_ns=latencies_ns(samples, places))
    return tuple(
        Way(
            batch_size=int(rows.batch_size.iloc[0]),
            payload_bytes=int(rows.payload_bytes.iloc[0]),
            probe_ns=estimate_value(rows.groupby("block").latency_ns.median()),
        )
        for _, rows in probes.groupby("batch_size")
    )


def wire_time_ns(payload_bytes: int, rate_mbps: float) -> float:
    """Return how long the bits of a payload are on a wire of this rate [ns].

    Headers of TCP, IP and Ethernet come on top: about 5 % at an MTU of 1500 bytes.
    """
    return payload_bytes * _BITS_PER_BYTE / (rate_mbps * _BITS_PER_MBIT) * NS_PER_S


def link_rate_mbps(link: Facts) -> float | None:
    """Return the rate of a link [Mbit/s]: what it is held to, else what its interface states."""
    rate = link.get("shaped_mbps") or link.get("speed_mbps")
    return None if rate is None else float(rate)
