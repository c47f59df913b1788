"""The table below the charts that predicts from which batch size on remote would be faster."""

from typing import Any

from bench.records import RunInfo
from bench.stats.results import Results
from bench.text.numbers import counted
from bench.text.prediction_table import MODEL, break_even_sheet

_OWN_LINK = "Loopback, as measured"
_NOTE = (
    "Predicted from this run's own blocks, not measured: the smallest batch size from which on a "
    "remote request would be faster than a local one, interval included, with {threads}; by link, "
    "and by how many times as fast as in this run the worker would compute. {model} These links "
    "are without a round trip of their own. The command scalebench predict gives latency, overhead "
    "and loss of each cell, for other links, round trips and payloads, too."
)


def break_even_table(info: RunInfo, results: Results) -> dict[str, Any] | None:
    """Return the batch sizes from which on remote would be faster, by link and speed-up.

    None where they are not known, and of a smoke test.
    """
    found = results.break_evens
    if not found or info.experiment.smoke:
        return None
    sheet = break_even_sheet(found, _OWN_LINK)
    head, *columns = sheet.columns
    return {
        "id": "break-even",
        "title": "From where remote would be faster",
        "note": _NOTE.format(threads=counted(found[0].threads, "thread"), model=MODEL),
        "head": [head.capitalize()],
        "columns": columns,
        "rows": [{"head": [link], "cells": cells} for link, *cells in sheet.rows],
    }
