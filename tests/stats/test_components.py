"""The parts of a request: shares of its latency."""

import numpy as np
import pytest

from bench.calibration.rows import CELL, as_samples
from bench.stats.cells import COMPONENTS, OPTIONAL_COMPONENTS, Components
from bench.stats.estimate import Estimate
from tests.stats.factory import summarise

MS = 1e6
_OF_EVERY_REQUEST = ("encode", "transport", "queue", "decode", "reply")


def test_what_a_request_spends_outside_computing_is_in_percent_of_its_latency() -> None:
    times = (1, 20, 2, 3, 970, 1, 3)
    names = [name for name in COMPONENTS if name not in OPTIONAL_COMPONENTS]
    components = _components(dict(zip(names, times, strict=True)))
    assert components.shares_outside() == pytest.approx(
        {"encode": 0.1, "transport": 2.0, "queue": 0.2, "decode": 0.3, "reply": 0.4}
    )


def test_preprocessing_and_copies_are_parts_of_their_own() -> None:
    times = dict.fromkeys(COMPONENTS, 1) | {"compute": 990, "preprocess": 2}
    shares = _components(times).shares_outside()
    assert list(shares) == ["preprocess", "copies", *_OF_EVERY_REQUEST]
    assert shares["preprocess"] == pytest.approx(0.2)
    assert shares["copies"] == pytest.approx(0.2)


def _components(times_ms: dict[str, int]) -> Components:
    return Components(
        **{f"{n}_ns": Estimate(t * MS, None, None, 0.95, 3) for n, t in times_ms.items()}
    )


def test_with_computing_the_shares_are_the_whole_latency() -> None:
    latency = np.full((6, 4), 100 * MS)
    components = summarise(as_samples({"local": latency, "remote": latency}), [CELL]).cells[0]
    assert components.components.compute_ns is not None
    computing = components.components.compute_ns.point / MS
    assert sum(components.components.shares_outside().values()) + computing == pytest.approx(100)


def test_without_a_remote_arm_there_are_no_shares() -> None:
    assert Components().shares_outside() == {}
