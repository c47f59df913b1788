"""The stamps of the requests that a made-up worker serves one after the other."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from bench.stats.columns import Floats

PARTS_NS = {
    "encode": 1e4,
    "transport_out": 5e5,
    "queue": 5e4,
    "decode_in": 4e4,
    "encode_out": 1e5,
    "transport_back": 5e5,
    "decode": 1e4,
}
"""The parts of an overhead of ``OVERHEAD_NS``; the parts of another one are in proportion."""
OVERHEAD_NS = sum(PARTS_NS.values())


class Stamps(NamedTuple):
    """Stamps of remote requests on one clock [ns]: float64 [blocks, requests], or [blocks]."""

    c1: Floats
    c2: Floats
    w1: Floats
    w2: Floats
    w3: Floats
    w4: Floats
    w5: Floats
    c4: Floats
    c5: Floats


def split_overhead(overhead: Floats) -> dict[str, Floats]:
    """Return the parts of overheads [ns], each of their shape, named as in ``PARTS_NS``."""
    return {name: overhead * (part / OVERHEAD_NS) for name, part in PARTS_NS.items()}


def serve(c1: Floats, free: Floats, compute: Floats, parts: Mapping[str, Floats]) -> Stamps:
    """Return the stamps of one request of each block, all arrays [blocks].

    Parameters
    ----------
    c1 : ndarray, float64
        When the request begins [ns].
    free : ndarray, float64
        When the worker has answered the one before [ns].
    compute : ndarray, float64
        How long it computes [ns].
    parts : mapping of str to ndarray, float64
        What else it takes [ns], see :func:`split_overhead`.
    """
    c2 = c1 + parts["encode"]
    w1 = c2 + parts["transport_out"]
    w2 = np.maximum(w1 + parts["queue"], free)
    w3 = w2 + parts["decode_in"]
    w4 = w3 + compute
    w5 = w4 + parts["encode_out"]
    c4 = w5 + parts["transport_back"]
    return Stamps(c1, c2, w1, w2, w3, w4, w5, c4, c4 + parts["decode"])


def serve_all(
    begin: Floats, compute: Floats, parts: Mapping[str, Floats], in_flight_count: int
) -> Stamps:
    """Return the stamps [blocks, requests] of requests of which so many are outstanding.

    Parameters
    ----------
    begin : ndarray, float64 [blocks]
        When the first ones begin, and the worker is free [ns].
    compute : ndarray, float64 [blocks, requests]
        How long each computes [ns].
    parts : mapping of str to ndarray, float64 [blocks, requests]
        What else each takes [ns], see :func:`split_overhead`.
    in_flight_count : int
        How many requests are outstanding at once.
    """
    served: list[Stamps] = []
    for at in range(compute.shape[1]):
        c1 = begin if at < in_flight_count else served[at - in_flight_count].c5
        free = served[-1].w5 if served else begin
        served.append(
            serve(c1, free, compute[:, at], {name: part[:, at] for name, part in parts.items()})
        )
    return Stamps(*(np.stack(stamps, axis=1) for stamps in zip(*served, strict=True)))
