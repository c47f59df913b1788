"""Preprocessing, and copies to and from a device: parts of their own, and no overhead."""

from collections.abc import Mapping

import pandas as pd
import pytest

from bench.records import Cell
from bench.stats.blocks import reduce_blocks
from bench.stats.cells import COMPONENTS, CellSummary
from tests.stats.factory import MS, make_samples, summarise

CELL = Cell(batch_size=4, threads=1)
REMOTE_MS = {
    "c1": 0,
    "cp": 3,
    "c2": 4,
    "w1": 1000,
    "w2": 1001,
    "wb": 1003,
    "wp": 1007,
    "wh": 1012,
    "w3": 1012,
    "w4": 1040,
    "wd": 1042,
    "w5": 1043,
    "c4": 60,
    "c5": 61,
}
LOCAL_MS = {"c1": 0, "wp": 5, "wh": 6, "w3": 6, "w4": 36, "wd": 39, "c5": 40}
"""The optional stamps are cp, wb, wp, wh and wd."""


def with_stamps(stamps_ms: Mapping[str, Mapping[str, float | None]]) -> pd.DataFrame:
    """Return three blocks of requests with these stamps of each arm [ms]."""
    rows = make_samples({"local": [40] * 3, "remote": [61] * 3})
    rows["shift"] = rows.c1_ns - rows.c1_ns.min()
    for arm, stamps in stamps_ms.items():
        mine = rows.arm == arm
        for name, at_ms in stamps.items():
            rows.loc[mine, f"{name}_ns"] = (
                None if at_ms is None else rows["shift"][mine] + int(at_ms * MS)
            )
    return rows.drop(columns="shift")


def summary_of(
    remote: Mapping[str, float | None], local: Mapping[str, float | None]
) -> CellSummary:
    """Return the summary of the cell, all requests of which have these stamps [ms]."""
    (cell,) = summarise(with_stamps({"remote": remote, "local": local}), [CELL]).cells
    return cell


def test_each_part_is_what_its_stamps_say_and_all_of_them_are_the_latency() -> None:
    known = summary_of(REMOTE_MS, LOCAL_MS).components.known
    in_ms = {name: estimate.point / MS for name, estimate in known.items()}
    assert in_ms == pytest.approx(
        {
            "preprocess": 7,
            "encode": 1,
            "transport": 13,
            "queue": 1,
            "decode_in": 2,
            "to_device": 5,
            "compute": 28,
            "from_device": 2,
            "encode_out": 1,
            "decode": 1,
        }
    )
    assert list(in_ms) == list(COMPONENTS)
    assert sum(in_ms.values()) == pytest.approx(61)


def test_the_overhead_has_neither_preprocessing_nor_copies() -> None:
    cell = summary_of(REMOTE_MS, LOCAL_MS)
    assert cell.overhead.overhead_ns is not None
    remote_ms, local_ms = 61 - 7 - 5 - 28 - 2, 40 - 5 - 1 - 30 - 3
    assert cell.overhead.overhead_ns.point / MS == pytest.approx(remote_ms - local_ms)


def test_the_loss_is_known_with_preprocessing_and_without_it() -> None:
    blocks = reduce_blocks([with_stamps({"remote": REMOTE_MS, "local": LOCAL_MS})]).segments
    bare_ms = {arm: set(each / MS) for arm, each in blocks.bare_latency_ns.groupby("arm")}
    assert bare_ms == {"remote": {54}, "local": {35}}
    cell = summary_of(REMOTE_MS, LOCAL_MS)
    assert cell.latency_loss_percent is not None
    assert cell.latency_loss_percent.point == pytest.approx(100 * (61 / 40 - 1))
    assert cell.bare_loss_percent is not None
    assert cell.bare_loss_percent.point == pytest.approx(100 * (54 / 35 - 1))


def test_the_causes_of_a_loss_have_them_too_and_add_up_to_it() -> None:
    cell = summary_of(REMOTE_MS, LOCAL_MS)
    causes = cell.attribution
    assert causes.preprocessing is not None
    assert causes.copies is not None
    assert causes.preprocessing.point / causes.copies.point == pytest.approx((7 - 5) / (7 - 4))
    points = [
        estimate.point
        for name in causes.__slots__
        if (estimate := getattr(causes, name)) is not None
    ]
    assert cell.latency_loss_percent is not None
    assert sum(points) == pytest.approx(cell.latency_loss_percent.point)


def test_on_one_side_only_the_other_has_none() -> None:
    at_worker = {**REMOTE_MS, "cp": None, "wh": None, "wd": None}
    parts = summary_of(at_worker, {**LOCAL_MS, "wh": None, "wd": None}).components.known
    assert parts["preprocess"].point / MS == pytest.approx(1012 - 1003)  # until computing starts
    assert parts["encode"].point / MS == pytest.approx(4)
    at_client = {**REMOTE_MS, "wb": None, "wp": None, "wh": None, "wd": None}
    parts = summary_of(at_client, LOCAL_MS).components.known
    assert parts["preprocess"].point / MS == pytest.approx(3)
    assert parts["decode_in"].point / MS == pytest.approx(1012 - 1001)


def test_where_no_request_has_them_there_are_none() -> None:
    nothing = dict.fromkeys(("cp", "wb", "wp", "wh", "wd"))
    cell = summary_of({**REMOTE_MS, **nothing}, {**LOCAL_MS, **nothing})
    assert not {"preprocess", "to_device", "from_device"} & cell.components.known.keys()
    assert cell.bare_loss_percent is None
    assert cell.attribution.preprocessing is None
    assert cell.attribution.copies is None
