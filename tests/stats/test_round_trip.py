"""Probes, wire times and busy threads, against values worked out by hand."""

import pandas as pd

from bench.stats.blocks import reduce_blocks
from bench.stats.round_trip import RoundTrip, link_rate_mbps, round_trips, wire_time_ns
from tests.stats.factory import make_samples

MS = 1_000_000


def measured(latencies_ms: dict[int, list[int]]) -> tuple[RoundTrip, ...]:
    """Return the round trips of probes of batch 2, three a block, at two thread counts in turn."""
    probes = pd.DataFrame(
        [
            {
                "block": block,
                "threads": 1 + place % 2,
                "batch_size": 2,
                "arm": "remote",
                "phase": "probe",
                "outcome": "ok",
                "c1_ns": 0,
                "c5_ns": latency * MS,
                "payload_bytes": 1000,
            }
            for block, latencies in latencies_ms.items()
            for place, latency in enumerate(latencies)
        ]
    )
    others = make_samples({"remote": [1.0] * len(latencies_ms)}).assign(batch_size=2)
    rows = pd.concat([others, others.assign(threads=2), probes], ignore_index=True)
    return round_trips(reduce_blocks([rows]).probes)


def test_a_round_trip_is_the_mean_over_blocks_of_the_median_of_their_probes() -> None:
    (trip,) = measured({1: [1, 2, 90], 2: [8, 8, 8]})
    assert (trip.batch_size, trip.payload_bytes) == (2, 1000)
    assert trip.probe_ns is not None
    assert round(trip.probe_ns.point) == 4 * MS  # the geometric mean of 2 and 8
    assert trip.probe_ns.n == 2


def test_a_run_without_probes_knows_no_round_trip() -> None:
    assert measured({1: [], 2: []}) == ()


def test_the_wire_time_is_that_of_the_bits() -> None:
    assert wire_time_ns(125_000_000, 1000) == 1e9


def test_a_link_is_as_fast_as_it_is_held_to_else_as_its_interface_says() -> None:
    assert link_rate_mbps({"shaped_mbps": 1000.0, "speed_mbps": 10_000}) == 1000
    assert link_rate_mbps({"shaped_mbps": None, "speed_mbps": 10_000}) == 10_000
    assert link_rate_mbps({}) is None
