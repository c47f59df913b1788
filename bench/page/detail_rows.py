"""Rows and tables of the figures below the charts."""

from typing import Any, NamedTuple

from bench.stats.cells import CellSummary

Table = dict[str, Any]
_HEADS = ["Batch", "Threads"]


class Row(NamedTuple):
    """A row of a table: its header cells, and its cells."""

    head: list[str]
    cells: list[str]


def head(cell: CellSummary) -> list[str]:
    """Return the header cells of a cell's row."""
    return [str(cell.batch_size), str(cell.threads)]


def make_table(
    key: str, title: str, note: str, columns: list[str], rows: list[Row]
) -> Table | None:
    """Return a table whose rows are named by batch size, and threads where they matter.

    Parameters
    ----------
    key : str
        Its id on the page.
    title, note : str
        What is written above it.
    columns : list of str
        The heads of the cells.
    rows : list of Row
        Without any there is no table.
    """
    if not rows:
        return None
    return {
        "id": key,
        "title": title,
        "note": note,
        "head": _HEADS[: len(rows[0].head)],
        "columns": columns,
        "rows": [row._asdict() for row in rows],
    }
