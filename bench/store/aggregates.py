"""The aggregated rows of an imported run, and which of them are the two arms."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import pandas as pd

from bench.errors import DataError, UsageError

LATENCIES = ("latency(min)", "latency(avg)", "latency(max)")
THROUGHPUT = "throughput"
FLOPS = "flops"
BATCH_SIZE, THREADS, BENCHMARK = "batch_size", "intraop_threads", "benchmark"
COUNTS = (BATCH_SIZE, THREADS)
# The words of a benchmark such as resnet_remote_script, as columns of their own.
WORDS = ("model", "placement", "optimization")
_SHOWN = 6
_NAMES = {
    BATCH_SIZE: "batch_size",
    THREADS: "threads",
    **dict(zip(LATENCIES, ("latency_min_ms", "latency_mean_ms", "latency_max_ms"), strict=True)),
    THROUGHPUT: "throughput_ips",
}


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows are the remote and the local arm, and which other rows are left out.

    ``where`` gives for a column the values to keep.
    """

    column: str = "placement"
    remote: str = "remote"
    local: str = "local"
    where: dict[str, list[str]] = {}


class Chosen(NamedTuple):
    """The rows of both arms, and the columns besides the choice in which a cell's arms differ.

    The rows have ``batch_size``, ``threads``, ``arm`` (remote or local), ``latency_min_ms``,
    ``latency_mean_ms``, ``latency_max_ms`` and ``throughput_ips``; NaN where not measured.
    """

    rows: pd.DataFrame
    also_differ: tuple[str, ...]


def choose_rows(rows: pd.DataFrame, choice: Choice) -> Chosen:
    """Return the rows of the two arms, at most one for each cell and arm.

    Parameters
    ----------
    rows : DataFrame
        Columns as for :func:`write_aggregates`.
    choice : Choice
        Which of them are the arms.

    Raises
    ------
    UsageError
        If a column or value of the choice is not in the rows; lists the ones that are.
    DataError
        If several rows remain for a cell; lists the columns in which they differ.
    """
    split = [word for word in WORDS if word not in rows]
    rows = benchmark_words(rows)
    for column, values in choice.where.items():
        _check_values(rows, column, values, "--where")
        rows = rows[rows[column].astype(str).isin(values)]
    _check_values(rows, choice.column, (choice.remote, choice.local), "--arms")
    arms = {choice.remote: "remote", choice.local: "local"}
    rows = rows.assign(arm=rows[choice.column].astype(str).map(arms)).dropna(subset=["arm"])
    # A benchmark and its words hold the same information: either is enough.
    redundant = (
        split if choice.column == BENCHMARK else [BENCHMARK] if len(split) == len(WORDS) else []
    )
    other_columns = {*COUNTS, *LATENCIES, THROUGHPUT, FLOPS, choice.column, "arm", *redundant}
    columns = [str(name) for name in rows.columns if name not in other_columns]
    _check_single(rows, columns)
    return Chosen(
        rows.rename(columns=_NAMES)[[*_NAMES.values(), "arm"]], _differing_columns(rows, columns)
    )


def benchmark_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the words of their benchmark as columns, unless they have such.

    Parameters
    ----------
    rows : DataFrame
        With the column ``BENCHMARK``.

    Returns
    -------
    DataFrame
        The same with the columns ``WORDS``; a word that a benchmark lacks is ``none``.
    """
    parts = rows[BENCHMARK].str.split("_", n=len(WORDS) - 1)
    words = {
        word: parts.map(lambda part, at=at: part[at] if at < len(part) else "none")
        for at, word in enumerate(WORDS)
        if word not in rows
    }
    return rows.assign(**words)


def _check_values(rows: pd.DataFrame, column: str, values: Sequence[str], flag: str) -> None:
    usable = _columns_to_choose(rows)
    if column not in usable:
        listed = "; ".join(f"{name}: {_listed(choices)}" for name, choices in usable.items())
        raise UsageError(f"{flag}: there is no column {column!r}. The rows have {listed}.")
    for value in values:
        if value not in usable[column]:
            raise UsageError(
                f"{flag}: no row has {column} {value!r}; it is {_listed(usable[column])}. "
                f"Choose two values of a column as the arms: --arms COLUMN=REMOTE/LOCAL. "
                f"Columns with several: {_several(_without_counts(usable))}."
            )


def _columns_to_choose(rows: pd.DataFrame) -> dict[str, list[str]]:
    return {
        str(name): sorted(rows[name].astype(str).unique())
        for name in rows.columns
        if name not in (*LATENCIES, THROUGHPUT, FLOPS)
    }


def _check_single(rows: pd.DataFrame, columns: Sequence[str]) -> None:
    for (batch_size, threads, arm), group in rows.groupby([*COUNTS, "arm"]):
        if len(group) == 1:
            continue
        differences = {name: sorted(group[name].astype(str).unique()) for name in columns}
        differences = {name: values for name, values in differences.items() if len(values) > 1}
        cell = f"batch {batch_size}, {threads} threads, {arm}"
        if not differences:
            raise DataError(f"{len(group)} rows of {cell} have one key; import the run again.")
        name, values = next(iter(differences.items()))
        raise DataError(
            f"{len(group)} rows remain for {cell}; they "
            f"differ in {_several(differences)}. Keep one, such as --where {name}={values[0]}."
        )


def _differing_columns(rows: pd.DataFrame, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns, besides the one that chose the arms, in which a cell's arms differ."""
    cells = rows.groupby(list(COUNTS))
    return tuple(name for name in columns if (cells[name].min() != cells[name].max()).any())


def _without_counts(columns: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in columns.items() if name not in COUNTS}


def _several(columns: Mapping[str, Sequence[str]]) -> str:
    several = [f"{n} ({_listed(values)})" for n, values in columns.items() if len(values) > 1]
    return ", ".join(several) or "none"


def _listed(values: Sequence[str]) -> str:
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(values[:_SHOWN]) + more
