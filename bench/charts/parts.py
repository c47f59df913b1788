"""Parts of a cell's time or loss, as a stacked chart shows them."""

from collections.abc import Iterable
from typing import NamedTuple

from bench.records import Cell
from bench.text.numbers import counted, significant


class Part(NamedTuple):
    """A part of a cell's pile [percent, or percentage points of a loss]."""

    cell: Cell
    name: str
    percent: float


def part_values(kind: str, unit: str, parts: Iterable[Part]) -> dict[str, object]:
    """Return the values of a stacked chart, ready for JSON.

    Parameters
    ----------
    kind : str
        The kind of chart: ``components`` or ``attribution``.
    unit : str
        The unit of the parts, in words: ``%`` or ``percentage points``.
    parts : iterable of Part
        The parts of all cells; each becomes one row.
    """
    rows = [
        {
            "batch_size": part.cell.batch_size,
            "threads": part.cell.threads,
            "name": part.name,
            "percent": significant(part.percent),
        }
        for part in parts
    ]
    return {"kind": kind, "unit": unit, "parts": rows}


def where(cell: Cell) -> str:
    """Return a cell in words: ``batch 8, 2 threads``."""
    return f"batch {cell.batch_size}, {counted(cell.threads, 'thread')}"
