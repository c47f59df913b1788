"""Made-up samples whose truth is known."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from bench.records import Cell
from bench.stats.blocks import reduce_blocks
from bench.stats.cells import Summary
from bench.stats.columns import OPTIONAL_STAMPS
from bench.stats.estimate import LEVEL
from bench.stats.summary import summarise_blocks

MS = 1_000_000


def make_samples(latency_ms: Mapping[str, Sequence[float]], requests: int = 3) -> pd.DataFrame:
    """Return one cell (batch 4, 1 thread): each arm has one latency [ms] a block.

    Requests follow each other without a pause; a burst of the remote arm completes one batch
    in each 10 ms.
    """
    rows = []
    for arm, blocks in latency_ms.items():
        for block, each_ms in enumerate(blocks, start=1):
            now = 0
            for request in range(requests + 1):
                phase = "warmup" if request == 0 else "latency"
                rows.append(_row(arm, phase, block, request, now, now + round(each_ms * MS)))
                now += round(each_ms * MS)
            for request in range(4 if arm == "remote" else 0):
                done = now + (request + 1) * 10 * MS
                rows.append(_row(arm, "burst", block, requests + 1 + request, now, done))
    return pd.DataFrame(rows)


def summarise(
    samples: pd.DataFrame,
    cells: Iterable[Cell],
    invalid_blocks: frozenset[int] = frozenset(),
    level: float = LEVEL,
) -> Summary:
    """Return the summary of rows, as that of a run is made from its blocks."""
    return summarise_blocks(reduce_blocks([samples]), cells, invalid_blocks, level)


def _row(arm: str, phase: str, block: int, request: int, c1: int, c5: int) -> dict[str, object]:
    inside = {f"w{i}_ns": (c1 if i < 4 else c5) if arm == "remote" else None for i in (1, 2, 5)}
    return {
        "block": block,
        "threads": 1,
        "batch_size": 4,
        "arm": arm,
        "phase": phase,
        "request": request,
        "in_flight_count": 2 if phase == "burst" else 1,
        "outcome": "ok",
        "c1_ns": c1,
        "c5_ns": c5,
        "cpu_ns": None,
        "minor_faults_count": None,
        "payload_bytes": 4,
        "w3_ns": c1,
        "w4_ns": c5,
        "c2_ns": c1 if arm == "remote" else None,
        "c4_ns": c5 if arm == "remote" else None,
        **{f"{name}_ns": None for name in OPTIONAL_STAMPS},
        **inside,
    }
