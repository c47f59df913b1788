"""Records are frozen, strict when read, and survive a round trip through JSON."""

import math

import msgspec
import pytest

from bench.config import make_budget, make_experiment
from bench.plan import make_schedule
from bench.records import Arm, Cell, Experiment, Placement, Schedule, numeric_fact
from bench.units import ns_to_ms, ns_to_s

EXPERIMENT = make_experiment(budget=make_budget("quick"), core_count=2, model="stub")


def test_an_experiment_survives_json() -> None:
    text = msgspec.json.encode(EXPERIMENT)
    assert msgspec.json.decode(text, type=Experiment) == EXPERIMENT


def test_a_schedule_survives_json() -> None:
    schedule = make_schedule(EXPERIMENT, 2)
    assert msgspec.json.decode(msgspec.json.encode(schedule), type=Schedule) == schedule


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `speed`"):
        msgspec.json.decode(b'{"batch_size": 1, "threads": 1, "speed": 1}', type=Cell)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1000, 1000.0),
        (0.5, 0.5),
        *((each, None) for each in (None, 0, -1, True, 10**400, 1e308, 1e-300)),
        *((each, None) for each in ("1000", [1], math.nan, math.inf)),
    ],
)
def test_a_fact_is_a_number_above_0_or_missing(value: object, number: float | None) -> None:
    assert numeric_fact({"speed_mbps": value}, "speed_mbps") == number
    assert numeric_fact({}, "speed_mbps") is None


def test_a_record_cannot_be_changed() -> None:
    cell = Cell(batch_size=1, threads=1)
    with pytest.raises(AttributeError):
        cell.threads = 2  # type: ignore[misc]


def test_cells_come_by_batch_size_and_then_threads() -> None:
    assert list(EXPERIMENT.cells) == sorted(EXPERIMENT.cells)
    assert len(set(EXPERIMENT.cells)) == 14


def test_only_the_remote_arm_computes_elsewhere() -> None:
    assert [arm for arm in Arm if arm.placement is Placement.REMOTE] == [Arm.REMOTE]


def test_nanoseconds_become_milliseconds_and_seconds() -> None:
    assert ns_to_ms(1_500_000) == 1.5
    assert ns_to_s(1_500_000_000) == 1.5
