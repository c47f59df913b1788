"""How single requests are spread around the typical one of their cell."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from bench.records import Cell
from bench.stats.cells import ARMS, Summary
from bench.stats.columns import Floats, Ints

_MAX_DOTS, _MAX_DOTS_IN_ALL = 80, 4000  # more of them would only cover each other


class Strip(NamedTuple):
    """The timed requests of one arm of a cell, as multiples of the cell's local latency.

    ``typical`` is the arm's published latency; ``least`` and ``most`` are single requests. Of
    ``requests`` requests, ``failed_count`` have no latency. The dots stand for the others:
    ``places`` is when each was measured, from 0 to 1, ``multiples`` how long it took, both
    float64 [dots].
    """

    cell: Cell
    arm: str
    requests: int
    failed_count: int
    typical: float
    least: float
    most: float
    places: Floats
    multiples: Floats


def request_strips(
    latencies: Mapping[tuple[Cell, str], Sequence[Floats]], summary: Summary
) -> tuple[Strip, ...]:
    """Return the strips of all cells that have both latencies, by batch size, threads and arm.

    Parameters
    ----------
    latencies : mapping of cell and arm to sequence of ndarray, float64 [requests]
        The single latencies of each block that counts [ns], in the order of the blocks.
    summary : Summary
        Their estimates.
    """
    most = dots_each(len(ARMS) * len(summary.cells))
    strips = []
    for cell in summary.cells:
        local, *_ = typical = [cell.arms[arm].latency_ns for arm in ARMS]
        if local is None or None in typical:
            continue
        for arm, estimate in zip(ARMS, typical, strict=True):
            assert estimate is not None
            multiples = np.concatenate(latencies[cell.cell, arm]) / local.point
            strips.append(_strip(cell.cell, arm, multiples, estimate.point / local.point, most))
    return tuple(strips)


def _strip(cell: Cell, arm: str, multiples: Floats, typical: float, most: int) -> Strip:
    places = (np.arange(len(multiples)) + 0.5) / len(multiples)
    done = np.isfinite(multiples)
    places, done_multiples = places[done], multiples[done]
    dots = evenly_ranked(done_multiples, most)
    return Strip(
        cell,
        arm,
        requests=len(multiples),
        failed_count=len(multiples) - len(done_multiples),
        typical=typical,
        least=float(done_multiples.min()),
        most=float(done_multiples.max()),
        places=places[dots],
        multiples=done_multiples[dots],
    )


def dots_each(strip_count: int) -> int:
    """Return how many dots each of ``strip_count`` strips may have."""
    return max(2, min(_MAX_DOTS, _MAX_DOTS_IN_ALL // strip_count))


def evenly_ranked(values: Floats, most: int) -> Ints:
    """Return the positions of at most ``most`` values, their ranks evenly spread.

    The least and the most are among them, and between them the shape of the distribution stays.

    Parameters
    ----------
    values : ndarray, float64 [values]
        In any unit.
    most : int
        At least 2.

    Returns
    -------
    ndarray, intp [positions]
        Ascending.
    """
    ranks = np.linspace(0, len(values) - 1, min(len(values), most)).round().astype(np.intp)
    return np.sort(np.argpartition(values, ranks)[ranks])
