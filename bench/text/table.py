"""Tables as text: CSV for programs, Markdown for people."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from bench.stats.estimate import Estimate


def with_bounds(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    """Return an estimate as three columns: its point and the ends of its interval."""
    return (None, None, None) if estimate is None else (estimate.point, estimate.low, estimate.high)


def format_csv_rows(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return a header and rows as CSV; None is empty.

    Raises
    ------
    ValueError
        If a row has a key that is no column.
    """
    sink = io.StringIO()
    writer = csv.DictWriter(sink, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


def inert_text(text: str) -> str:
    """Return foreign text for a cell of CSV; what a spreadsheet would run gets an apostrophe."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def format_markdown(columns: Sequence[str], rule: str, rows: Iterable[Sequence[str]]) -> str:
    """Return a header and rows as a Markdown table.

    Parameters
    ----------
    columns : sequence of str
        The header's cells.
    rule : str
        The line below the header, which aligns the columns: ``|---:|:---|``.
    rows : iterable of sequence of str
        Their cells are written as they are.
    """
    lines = [_line(columns), rule, *map(_line, rows)]
    return "".join(f"{line}\n" for line in lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
