"""The table of the precision of each cell, and of why measuring it ended."""

from collections.abc import Sequence

from bench.page.detail_rows import Row, Table, head, make_table
from bench.stats.cells import Summary
from bench.stats.stopping import Decision
from bench.units import PERCENT

_NOTE = (
    "R blocks of m requests make n an arm. The half-width is that of the log ratio and of "
    "both log medians, whichever is widest; a cell is precise when it is within delta."
)


def precision_table(summary: Summary, decided: Sequence[Decision]) -> Table | None:
    """Return the precision of each cell, why measuring it ended, and what it would need."""
    by_cell = {decision.cell: decision for decision in decided}
    rows = [
        Row(head(cell), _precision(by_cell[cell.cell]))
        for cell in summary.cells
        if cell.cell in by_cell
    ]
    columns = ["R", "m", "n", "Half-width", "Delta", "Ended by"]
    return make_table("precision", "How sure each cell is", _NOTE, columns, rows)


def _precision(decision: Decision) -> list[str]:
    half_width = decision.half_width
    return [
        str(decision.blocks),
        str(decision.requests_per_block),
        str(decision.requests),
        "" if half_width is None else f"±{PERCENT * half_width:.1f}%",
        f"±{PERCENT * decision.delta_fraction:.1f}%",
        decision.reason.replace("_", " "),
    ]
