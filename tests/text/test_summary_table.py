"""The summary as CSV: the same bytes on every machine."""

import csv
import io
import math
from dataclasses import replace

import pytest

from bench.stats.cells import CellSummary
from bench.text.summary_table import COLUMNS, format_csv, format_details
from tests.charts.factory import make_summary, with_arm


def _with_next_float(cell: CellSummary) -> CellSummary:
    local = cell.arms["local"].latency_ns
    assert local is not None
    following = math.nextafter(local.point, math.inf)
    return with_arm(cell, "local", latency_ns=replace(local, point=following))


def test_the_last_digits_in_which_processors_differ_are_not_written() -> None:
    ours, theirs = make_summary(), make_summary(change=_with_next_float)
    assert ours != theirs
    assert format_csv(ours) == format_csv(theirs)
    assert format_details(ours) == format_details(theirs)


def test_what_is_written_is_exact_to_nine_digits() -> None:
    summary = make_summary()
    rows = list(csv.DictReader(io.StringIO(format_csv(summary))))
    assert tuple(rows[0]) == COLUMNS
    for cell, row in zip(summary.cells, rows, strict=True):
        assert cell.arms["local"].latency_ns is not None
        exact_ms = cell.arms["local"].latency_ns.point / 1e6
        assert float(row["latency_local_ms"]) == pytest.approx(exact_ms, rel=1e-8)
