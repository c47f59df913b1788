"""The origin study's two CSV files (its project is called packrat) become one table.

The first has min, mean and max of a configuration's latencies, the second its throughput. Every
other column is part of the key, which both files share. Newer files have more key columns.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from bench.errors import DataError
from bench.records import Facts
from bench.store.aggregate_file import MAX_CELLS
from bench.store.aggregates import BENCHMARK, COUNTS, FLOPS, LATENCIES, THROUGHPUT

MAX_BYTES = 16 * 1024**2
MAX_COLUMNS = 100
_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ().-]{0,63}")
_SLACK = 1 + 1e-9  # numbers were rounded when they were written
# The type of a column, the texts that its cells may be, and the error about any other text.
# Text that a spreadsheet would run (=, +, -, @ in front) or a page would show wrongly is no word.
_WORD = (
    "str",
    r"[A-Za-z0-9_][A-Za-z0-9_.:+ -]{0,63}",
    (
        "is not a plain word; use up to 64 letters, digits and . _ : + -, "
        "beginning with a letter or digit."
    ),
)
_COUNT = ("int64", r"[1-9][0-9]{0,5}", "is not a whole number from 1; correct it.")
# An exponent of two digits keeps a number finite.
_DIGITS = r"[0-9]{1,32}(\.[0-9]{0,32})?([eE][+-]?0?[0-9]{1,2})?"
_FINITE = "is not a finite number {} 0; correct or remove the row."
_ABOVE_0 = ("float64", f"(?=[0.]*[1-9]){_DIGITS}", _FINITE.format("above"))
_SCHEMA = {
    **dict.fromkeys(COUNTS, _COUNT),
    **dict.fromkeys((*LATENCIES, THROUGHPUT), _ABOVE_0),
    FLOPS: ("float64", _DIGITS, _FINITE.format("from")),
}


def read_packrat(latency_csv: Path, throughput_csv: Path) -> tuple[pd.DataFrame, list[Facts]]:
    """Return the rows of both files, joined by their key, and facts about the files.

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
    times, latency = _read_table("latency", latency_csv, LATENCIES)
    rates, throughput = _read_table("throughput", throughput_csv, (THROUGHPUT,))
    keys = [str(name) for name in times if name not in (*LATENCIES, FLOPS)]
    rate_keys = [str(name) for name in rates if name not in (THROUGHPUT, FLOPS)]
    problem = "this key column of {} is missing; name two files of a pair."
    _require(throughput_csv, rate_keys, keys, problem.format(latency_csv))
    _require(latency_csv, keys, rate_keys, problem.format(throughput_csv))
    _check_order(latency_csv, times)
    times, rates = _by_key(latency_csv, times, keys), _by_key(throughput_csv, rates, keys)
    if not times.index.isin(rates.index).any():
        _fail(throughput_csv, 2, f"no row has a key of {latency_csv}; name the file beside it.")
    rows = pd.concat([times, rates[[THROUGHPUT]]], axis=1).reset_index()
    return rows.reindex(columns=[*keys, *LATENCIES, THROUGHPUT, FLOPS]), [latency, throughput]


def _read_table(role: str, path: Path, measured: Sequence[str]) -> tuple[pd.DataFrame, Facts]:
    """Return the rows of a file, indexed by their lines, and facts about the file."""
    if not path.name.isprintable():
        raise DataError(f"{path.name!r} cannot be shown as the name of a file; rename it.")
    content, text = _read_text(path)
    columns, lines = _check_shape(path, text)
    problem = f"this column is missing; the file has {', '.join(columns)}."
    _require(path, columns, (BENCHMARK, *COUNTS, *measured), problem)
    # This engine splits lines and cells as _check_shape does.
    stream = io.StringIO(text, newline="")
    rows = pd.read_csv(stream, dtype=str, keep_default_na=False, engine="python").set_axis(lines)
    digest = hashlib.sha256(content).hexdigest()
    source = {"role": role, "name": path.name, "bytes_count": len(content), "sha256": digest}
    return _check_cells(path, rows), source


def _read_text(path: Path) -> tuple[bytes, str]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}; name a CSV file.") from error
    if len(content) > MAX_BYTES:
        limit = f"{MAX_BYTES // 1024**2} MiB, which no table of results has"
        raise DataError(f"{path} has more than {limit}; name another file, or split it.")
    try:
        text = content.decode().removeprefix("\ufeff")
        offset, problem = content.find(b"\0"), "a NUL byte; the file is damaged or UTF-16, save it"
    except UnicodeDecodeError as error:
        offset, problem = error.start, "this is not UTF-8; save the file"
    if offset < 0:
        return content, text
    line, at = content.count(b"\n", 0, offset) + 1, offset - content.rfind(b"\n", 0, offset)
    raise DataError(f"{path}, line {line}, byte {at}: {problem} as UTF-8.")


def _check_shape(path: Path, text: str) -> tuple[list[str], list[int]]:
    """Return the columns and the line of each row; pandas would fill a row that was cut."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line, columns, lines = 1, list[str](), list[int]()
    try:
        for cells in reader:
            if cells and columns:
                if len(cells) != len(columns):
                    problem = f"the row has {len(cells)} cells and the first line {len(columns)}"
                    column = columns[min(len(cells), len(columns) - 1)]
                    _fail(path, line, f"{problem}; it was cut or has a comma too many.", column)
                lines.append(line)
                if len(lines) * len(columns) > MAX_CELLS:
                    _fail(path, line, f"more than {MAX_CELLS:,} cells; split the file.")
            elif cells:
                columns = _check_header(path, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        _fail(path, line, f"this is not CSV ({error}); export the file again.")
    if not lines:
        _fail(path, line, "there are no rows; name a file with measurements.")
    return columns, lines


def _check_header(path: Path, columns: list[str]) -> list[str]:
    if len(columns) > MAX_COLUMNS:
        problem = f"there are {len(columns)} columns, and at most {MAX_COLUMNS} are read"
        _fail(path, 1, f"{problem}; name a table of results.")
    for name, count in Counter(columns).items():
        if not _COLUMN.fullmatch(name):
            _fail(path, 1, f"{_quoted(name)} cannot name a column; correct the first line.")
        if count > 1:
            _fail(path, 1, "this column is there twice; remove one.", name)
    return columns


def _check_cells(path: Path, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the types of the schema; columns that it does not name are words."""
    types = dict[str, str]()
    faults = dict[Any, tuple[str, str]]()
    for name in map(str, rows):
        types[name], pattern, problem = _SCHEMA.get(name, _WORD)
        bad = rows[name][~rows[name].str.fullmatch(pattern)]
        for line, text in bad[:1].items():
            faults.setdefault(line, (f"{_quoted(text)} {problem}", name))
    if faults:
        line = min(faults)
        _fail(path, line, *faults[line])
    return rows.astype(types)


def _check_order(path: Path, rows: pd.DataFrame) -> None:
    for line, least, mean, most in rows[[*LATENCIES]].itertuples():
        if least > most * _SLACK:
            _fail(path, line, f"{least} lies above the max, {most}; correct the row.", LATENCIES[0])
        if least > mean * _SLACK:
            _fail(path, line, f"{mean} lies below the min, {least}; correct the row.", LATENCIES[1])
        if mean > most * _SLACK:
            problem = (
                f"the mean {mean} lies above the max, {most}: these two columns look swapped, as "
                "some versions of the origin wrote them; swap their names in the first line."
            )
            _fail(path, line, problem, LATENCIES[1])


def _by_key(path: Path, rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    lines = rows.index.to_series()
    first = lines.groupby([rows[name] for name in keys]).transform("min")
    for line, other in first[first != lines].items():
        problem = f"the same key as in line {other}; remove one of the two rows."
        _fail(path, line, problem, BENCHMARK)
    return rows.set_index(keys)


def _require(path: Path, names: Sequence[str], needed: Sequence[str], problem: str) -> None:
    for name in needed:
        if name not in names:
            _fail(path, 1, problem, name)


def _fail(path: Path, line: object, problem: str, column: str = "") -> NoReturn:
    where = f", column '{column}'" if column else ""
    raise DataError(f"{path}, line {line}{where}: {problem}")


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")  # noqa: PLR2004 - enough to find it
