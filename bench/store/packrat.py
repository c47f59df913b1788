"""The origin study's two CSV files (its project is called packrat) become one table.

The first has min, mean and max of a configuration's latencies, the second its throughput. Every
other column is part of the key, which both files share. Newer files have more key columns.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bench.errors import DataError
from bench.records import Facts
from bench.store.strict_csv import Row, StrictCsv

LATENCIES = ("latency(min)", "latency(avg)", "latency(max)")
THROUGHPUT = "throughput"
FLOPS = "flops"
BATCH_SIZE, THREADS, BENCHMARK = "batch_size", "intraop_threads", "benchmark"
COUNTS = (BATCH_SIZE, THREADS)
# The words of a benchmark such as resnet_remote_script, as columns of their own.
WORDS = ("model", "placement", "optimization")
_ROUNDING = 1e-9


def read_packrat(latency_csv: Path, throughput_csv: Path) -> tuple[pd.DataFrame, list[Facts]]:
    """Return the rows of both files, joined by their key, and what the files were.

    Returns
    -------
    DataFrame
        The key columns as written (counts as integers), ``latency(min)``, ``latency(avg)``,
        ``latency(max)`` [ms], ``throughput`` [images/s] and ``flops``; NaN where a file lacks it.
    list of dict
        ``role``, ``name``, ``bytes_count`` and ``sha256`` of each file.

    Raises
    ------
    DataError
        Naming file, line and column of the first fault, and what to do.
    """
    latency, throughput = StrictCsv(latency_csv), StrictCsv(throughput_csv)
    latency.require((BENCHMARK, *COUNTS, *LATENCIES))
    throughput.require((BENCHMARK, *COUNTS, THROUGHPUT))
    keys = tuple(name for name in latency.columns if name not in (*LATENCIES, FLOPS))
    _check_same_keys(latency, throughput, keys)
    times = {key: _latencies(latency, row) for key, row in _by_key(latency, keys).items()}
    rates = {
        key: throughput.number(row, THROUGHPUT) for key, row in _by_key(throughput, keys).items()
    }
    if not times.keys() & rates.keys():
        throughput.fail(2, None, f"no row has a key of {latency.path}; name the file beside it.")
    rows = [
        {**dict(zip(keys, key, strict=True)), **times.get(key, {}), THROUGHPUT: rates.get(key)}
        for key in dict.fromkeys([*times, *rates])
    ]
    frame = pd.DataFrame(rows, columns=[*keys, *LATENCIES, THROUGHPUT, FLOPS])
    numbers = dict.fromkeys([*LATENCIES, THROUGHPUT, FLOPS], "float64")
    sources = [_source("latency", latency), _source("throughput", throughput)]
    return frame.astype(numbers), sources


def benchmark_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the words of their benchmark as columns, unless they have such."""
    parts = rows[BENCHMARK].str.split("_", n=len(WORDS) - 1)
    words = {
        word: parts.map(lambda part, at=at: part[at] if at < len(part) else "none")
        for at, word in enumerate(WORDS)
        if word not in rows
    }
    return rows.assign(**words)


def _check_same_keys(latency: StrictCsv, throughput: StrictCsv, keys: Sequence[str]) -> None:
    extra = [name for name in throughput.columns if name not in (*keys, THROUGHPUT, FLOPS)]
    missing = [name for name in keys if name not in throughput.columns]
    for name, file, other in (
        *((name, throughput, latency) for name in missing),
        *((name, latency, throughput) for name in extra),
    ):
        file.fail(1, name, f"this key column of {other.path} is missing; name two files of a pair.")


def _by_key(table: StrictCsv, keys: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    found: dict[tuple[Any, ...], Row] = {}
    for row in table.rows:
        key = tuple(
            table.count(row, name) if name in COUNTS else table.word(row, name) for name in keys
        )
        if key in found:
            table.fail(
                row.line,
                BENCHMARK,
                f"the same key as in line {found[key].line}; remove one of the two rows.",
            )
        found[key] = row
    return found


def _latencies(table: StrictCsv, row: Row) -> dict[str, float]:
    least, mean, most = (table.number(row, name) for name in LATENCIES)
    slack = 1 + _ROUNDING
    if least > most * slack:
        table.fail(row.line, LATENCIES[0], f"{least} lies above the max, {most}; correct the row.")
    if least > mean * slack:
        table.fail(row.line, LATENCIES[1], f"{mean} lies below the min, {least}; correct the row.")
    if mean > most * slack:
        table.fail(
            row.line,
            LATENCIES[1],
            f"the mean {mean} lies above the max, {most}: these two columns look swapped, as some "
            "versions of the origin wrote them; swap their names in the first line.",
        )
    flops = {FLOPS: table.number(row, FLOPS, zero=True)} if FLOPS in table.columns else {}
    return {**dict(zip(LATENCIES, (least, mean, most), strict=True)), **flops}


def _source(role: str, table: StrictCsv) -> Facts:
    name = table.path.name
    if not name.isprintable():
        raise DataError(f"{name!r} cannot be shown as the name of a file; rename it.")
    return {
        "role": role,
        "name": name,
        "bytes_count": table.bytes_count,
        "sha256": table.sha256,
    }
