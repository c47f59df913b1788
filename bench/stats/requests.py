"""How single requests lie around the typical one of their cell: what a median does not tell."""

from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from bench.stats.estimate import Summary
from bench.stats.segments import CELL, Floats, Ints, latencies_ns, rows_of

_DOTS_MOST, _DOTS_IN_ALL = 80, 4000  # more of them would only cover each other


class Strip(NamedTuple):
    """The timed requests of one arm of a cell, as multiples of the cell's local latency.

    ``typical`` is the arm's published latency; ``least`` and ``most`` are single requests. Of
    ``requests`` requests, ``failed_count`` have no latency. The dots stand for the others:
    ``places`` tells when each was measured, from 0 to 1, ``multiples`` how long it took.
    """

    batch_size: int
    threads: int
    arm: str
    requests: int
    failed_count: int
    typical: float
    least: float
    most: float
    places: Floats
    multiples: Floats


def request_strips(samples: pd.DataFrame, summary: Summary) -> tuple[Strip, ...]:
    """Return the strips of all cells that have both latencies, by batch size, threads and arm.

    Parameters
    ----------
    samples : DataFrame
        All rows of a run; columns as in :mod:`bench.store.schema`.
    summary : Summary
        What they say. Its invalid blocks have no dots, unless there is no other block.
    """
    requests = _timed_requests(samples, summary.invalid_blocks)
    groups = requests.groupby([*CELL, "arm"], observed=True).latency_ns
    latency = {cast("tuple[int, int, str]", key): group.to_numpy() for key, group in groups}
    most = dots_each(2 * len(summary.cells))
    strips = []
    for cell in summary.cells:
        local, remote = cell.latency_local_ns, cell.latency_remote_ns
        if local is None or remote is None:
            continue
        for arm, typical_ns in (("local", local.point), ("remote", remote.point)):
            key = cell.batch_size, cell.threads, arm
            strips.append(_strip(key, latency[key] / local.point, typical_ns / local.point, most))
    return tuple(strips)


def _timed_requests(samples: pd.DataFrame, invalid_blocks: tuple[int, ...]) -> pd.DataFrame:
    """Return latency requests in the order in which they were measured."""
    rows = rows_of(samples, "latency")
    valid = ~samples.block.isin(invalid_blocks).to_numpy()[rows]
    rows = rows[valid] if valid.any() else rows
    requests = samples[[*CELL, "arm", "block", "request"]].iloc[rows]
    return requests.assign(latency_ns=latencies_ns(samples, rows)).sort_values(["block", "request"])


def _strip(key: tuple[int, int, str], multiples: Floats, typical: float, most: int) -> Strip:
    places = (np.arange(len(multiples)) + 0.5) / len(multiples)
    done = np.isfinite(multiples)
    places, done_multiples = places[done], multiples[done]
    dots = evenly_ranked(done_multiples, most)
    return Strip(
        *key,
        requests=len(multiples),
        failed_count=len(multiples) - len(done_multiples),
        typical=typical,
        least=float(done_multiples.min()),
        most=float(done_multiples.max()),
        places=places[dots],
        multiples=done_multiples[dots],
    )


def dots_each(strip_count: int) -> int:
    """Return how many dots a strip may have when there are so many strips."""
    return max(2, min(_DOTS_MOST, _DOTS_IN_ALL // strip_count))


def evenly_ranked(values: Floats, most: int) -> Ints:
    """Return the positions of at most ``most`` values, their ranks evenly spread.

    The least and the most are among them, and between them the shape of the distribution stays.
    """
    ranks = np.linspace(0, len(values) - 1, min(len(values), most)).round().astype(np.intp)
    return np.sort(np.argsort(values, kind="stable")[ranks])
