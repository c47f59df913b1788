"""Where a loss went: parts that add up to it, whatever the latencies are."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.calibration.rows import CELL, as_samples
from bench.calibration.stamps import PARTS_NS
from bench.stats.cells import Attribution, CellSummary
from bench.stats.columns import Floats
from tests.stats.factory import summarise

MS = 1e6


def _cell(**arms: Floats) -> CellSummary:
    return summarise(as_samples(arms), [CELL]).cells[0]


def _points(attribution: Attribution) -> dict[str, float]:
    parts = {field.name: getattr(attribution, field.name) for field in fields(attribution)}
    return {name: part.point for name, part in parts.items() if part is not None}


def _noisy(seed: int, median_ms: float, spread: float) -> Floats:
    rng = np.random.default_rng(seed)
    return median_ms * MS * np.exp(rng.normal(0, spread, (10, 8)))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    ratio=st.floats(0.3, 5.0),
    spread=st.floats(0, 0.3),
    with_idle=st.booleans(),
)
def test_the_parts_add_up_to_the_published_loss(
    seed: int, ratio: float, spread: float, *, with_idle: bool
) -> None:
    arms = {"local": _noisy(seed, 100, spread), "remote": _noisy(seed + 1, 100 * ratio, spread)}
    if with_idle:
        arms["idle"] = _noisy(seed + 2, 100, spread)
    cell = _cell(**arms)
    assert cell.latency_loss_percent is not None
    assert sum(_points(cell.attribution).values()) == pytest.approx(
        cell.latency_loss_percent.point, rel=1e-9, abs=1e-9
    )


def test_equal_latencies_still_divide_into_causes_that_cancel() -> None:
    cell = _cell(local=np.full((10, 5), 100 * MS), remote=np.full((10, 5), 100 * MS))
    points = _points(cell.attribution)
    way = (PARTS_NS["transport_out"] + PARTS_NS["transport_back"]) / MS
    assert points["transport"] == pytest.approx(way)
    assert sum(points.values()) == pytest.approx(0, abs=1e-9)


def test_a_small_loss_is_its_times_over_the_local_latency() -> None:
    cell = _cell(local=np.full((10, 5), 1000 * MS), remote=np.full((10, 5), 1005 * MS))
    points = _points(cell.attribution)
    encoding = 2 * PARTS_NS["encode"] + PARTS_NS["decode_in"] + PARTS_NS["encode_out"]
    assert points["encoding"] == pytest.approx(encoding / 1000 / MS * 100, rel=0.01)
    assert points["queueing"] == pytest.approx(PARTS_NS["queue"] / 1000 / MS * 100, rel=0.01)


def test_the_idle_arm_divides_slower_computing() -> None:
    local, remote = np.full((10, 5), 100 * MS), np.full((10, 5), 110 * MS)
    without = _points(_cell(local=local, remote=remote).attribution)
    idle = _points(_cell(local=local, remote=remote, idle=local + 4 * MS).attribution)
    assert "idle_gap" not in without
    assert idle["idle_gap"] + idle["slower_compute"] == pytest.approx(without["slower_compute"])
    assert idle["idle_gap"] == pytest.approx(4)


def test_components_of_the_typical_request_add_up_to_its_latency() -> None:
    remote = _noisy(3, 100, 0.1)
    cell = _cell(local=_noisy(4, 100, 0.1), remote=remote)
    parts = {f.name: getattr(cell.components, f.name) for f in fields(cell.components)}
    total = sum(p.point for name, p in parts.items() if p and name != "compute_local_ns")
    assert parts["compute_idle_ns"] is None
    assert total == pytest.approx(float(np.median(remote[:, 1:], axis=1).mean()), rel=1e-6)


def test_a_cell_that_timed_out_has_no_attribution() -> None:
    samples = as_samples({"local": np.full((6, 5), MS), "remote": np.full((6, 5), 9 * MS)})
    samples["outcome"] = np.where(samples.arm == "remote", "timed_out", "ok")
    assert summarise(samples, [CELL]).cells[0].attribution == Attribution()
