"""Round trips of requests that compute nothing, and the time of their bytes on a wire."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import pandas as pd

from bench.records import Facts, RunInfo, numeric_fact
from bench.stats.estimate import Estimate
from bench.stats.intervals import estimate_value
from bench.units import NS_PER_S

_BITS_PER_BYTE = 8
_BITS_PER_MBIT = 1e6


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """The round trip of one batch size: its payload, and how long a probe takes [ns]."""

    batch_size: int
    payload_bytes: int
    probe_ns: Estimate | None


def round_trips(probes: pd.DataFrame) -> tuple[RoundTrip, ...]:
    """Return the round trips of each batch size that has probes.

    The unit is the block: each gives the median of its probes at all thread counts, since a
    round trip does not depend on how many threads would compute.

    Parameters
    ----------
    probes : DataFrame
        The ``probes`` of :class:`bench.stats.blocks.BlockData`.
    """
    return tuple(
        RoundTrip(
            batch_size=int(cast(int, batch_size)),
            payload_bytes=int(blocks.payload_bytes.iloc[0]),
            probe_ns=estimate_value(blocks.latency_ns),
        )
        for batch_size, blocks in probes.groupby(level="batch_size")
    )


def wire_time_ns(payload_bytes: int, rate_mbps: float) -> float:
    """Return how long the bits of a payload are on a wire of this rate [ns].

    Headers of TCP, IP and Ethernet come on top: about 5 % at an MTU of 1500 bytes.
    """
    return payload_bytes * _BITS_PER_BYTE / (rate_mbps * _BITS_PER_MBIT) * NS_PER_S


def wire_times_ns(link: Facts, trips: Iterable[RoundTrip]) -> dict[int, float]:
    """Return how long the bits of a request are on the wire [ns], by batch size.

    Empty where the rate of the link is not known, and on loopback, which has none.
    """
    rate = link_rate_mbps(link)
    if not rate or link.get("interface") == "lo":
        return {}
    return {trip.batch_size: wire_time_ns(trip.payload_bytes, rate) for trip in trips}


def is_loopback(info: RunInfo) -> bool:
    """Return whether the worker was on the same machine, so that no network is measured."""
    return info.link.get("interface") == "lo" or "loopback" in info.placement.get("remote", "")


def link_rate_mbps(link: Facts) -> float | None:
    """Return the rate of a link [Mbit/s]: its limit, else what its interface states."""
    return numeric_fact(link, "shaped_mbps") or numeric_fact(link, "speed_mbps")
