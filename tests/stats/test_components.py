"""The parts of a request: shares of its latency."""

from dataclasses import fields

import numpy as np
import pytest

from bench.calibration.rows import CELL, as_samples
from bench.stats.estimate import Components, Estimate
from tests.stats.factory import summarise

MS = 1e6


def test_what_a_request_spends_outside_computing_is_in_percent_of_its_latency() -> None:
    times = (1, 20, 2, 3, 970, 1, 3)
    names = [field.name for field in fields(Components)][: len(times)]
    components = Components(
        **{n: Estimate(t * MS, None, None, 0.95, 3) for n, t in zip(names, times, strict=True)}
    )
    assert components.shares_outside() == pytest.approx(
        {"encode": 0.1, "transport": 2.0, "queue": 0.2, "decode": 0.3, "reply": 0.4}
    )


def test_with_computing_the_shares_are_the_whole_latency() -> None:
    latency = np.full((6, 4), 100 * MS)
    components = summarise(as_samples({"local": latency, "remote": latency}), [CELL]).cells[0]
    assert components.components.compute_ns is not None
    computing = components.components.compute_ns.point / MS
    assert sum(components.components.shares_outside().values()) + computing == pytest.approx(100)


def test_without_a_remote_arm_there_are_no_shares() -> None:
    assert Components().shares_outside() == {}
