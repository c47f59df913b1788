"""``python -m tests.benchmarks.summary``: time and memory of a summary over 1,000,000 rows.

The limits are 2 s and 500 MB on 2 cores; memory is the peak of the whole process, with the rows.
"""

import resource
import time

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.records import Cell
from bench.stats.summary import summarise

BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64)
THREADS = (1, 2)
BLOCKS = 40
ROW_COUNT = 1_000_000
PHASES = ("warmup", "latency", "burst")
LIMIT_S = 2.0
LIMIT_MB = 500


def main() -> None:
    """Print one line."""
    cells = [Cell(batch_size=b, threads=t) for b in BATCH_SIZES for t in THREADS]
    segment = ROW_COUNT // (2 * len(cells) * BLOCKS)
    samples = make_rows(cells, BLOCKS, segment)
    begun, begun_cpu = time.perf_counter(), time.process_time()
    summarise(samples, cells)
    took_s, cpu_s = time.perf_counter() - begun, time.process_time() - begun_cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    within = "within" if took_s <= LIMIT_S and peak_mb <= LIMIT_MB else "ABOVE"
    print(
        f"{len(samples):,} rows, {len(cells)} cells, {BLOCKS} blocks: {took_s:.2f} s "
        f"({cpu_s:.2f} s of CPU), {peak_mb:.0f} MB at most; "
        f"{within} the limits of {LIMIT_S:.0f} s and {LIMIT_MB} MB"
    )


def make_rows(cells: list[Cell], blocks: int, segment: int) -> pd.DataFrame:
    """Return ``segment`` rows for each block, cell and arm, with the columns of the store."""
    rng = np.random.default_rng(1)
    shape = (blocks, len(cells), 2, segment)
    block, cell, arm, request = (axis.ravel() for axis in np.indices(shape, dtype=np.int32))
    batch_size = np.array([c.batch_size for c in cells], dtype=np.int32)[cell]
    threads = np.array([c.threads for c in cells], dtype=np.int32)[cell]
    remote = arm == 1
    last_latency = np.where(remote, segment // 2, segment)
    phase = np.where(request == 0, 0, np.where(request < last_latency, 1, 2)).astype(np.int8)
    latency = (rng.lognormal(0, 0.02, len(block)) * batch_size * 1e8 / threads).astype(np.int64)
    end = latency.reshape(shape).cumsum(axis=-1).ravel()
    stamps = {f"c{i}_ns": (end - latency).astype(np.float64) for i in (2, 3)}
    stamps |= {f"w{i}_ns": (end - latency).astype(np.float64) for i in (1, 2)}
    stamps |= {"c4_ns": end.astype(np.float64), "w5_ns": end.astype(np.float64)}
    for column in stamps.values():
        column[~remote] = np.nan
    return pd.DataFrame(
        {
            "block": block + 1,
            "threads": threads,
            "batch_size": batch_size,
            "arm": _words(("local", "remote"), arm),
            "phase": _words(PHASES, phase),
            "in_flight_count": np.where(phase == 2, 2, 1).astype(np.int32),
            "request": request,
            "outcome": _words(("ok",), np.zeros_like(arm)),
            "c1_ns": end - latency,
            "c5_ns": end,
            "w3_ns": end - latency,
            "w4_ns": end,
            **stamps,
        },
        copy=False,
    )


def _words(words: tuple[str, ...], codes: npt.NDArray[np.integer]) -> pd.Series:
    return pd.Series(np.array(words, dtype=object)[codes], dtype="str")


if __name__ == "__main__":
    main()
