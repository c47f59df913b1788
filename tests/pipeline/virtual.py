"""The measuring stage without a worker: restarts that take no time, and whose rows are made up."""

import contextlib
import random
from pathlib import Path
from typing import Any

import pytest

from bench.config import make_budget, make_experiment
from bench.measure.request import MeasureRequest
from bench.pipeline import measure as stage
from bench.plan import make_block
from bench.records import (
    ANY_LOOPBACK_PORT,
    Address,
    EngineSpec,
    Facts,
    Restart,
    RestartRecord,
    Sample,
)
from bench.wire.messages import Description
from tests.restarts import make_restart
from tests.store.factory import samples_of_block


def use_no_worker(monkeypatch: pytest.MonkeyPatch, revision: Facts | None = None) -> None:
    """Let the stage find a worker, of this revision, where none is; restarts take no time."""
    description = Description(EngineSpec(model="stub:1"), 64, 8, False, {}, {}, revision or {})
    nothing = contextlib.nullcontext(ANY_LOOPBACK_PORT)
    monkeypatch.setattr(stage, "worker_address", lambda _: nothing)
    monkeypatch.setattr(stage, "describe_worker", lambda *_: description)
    monkeypatch.setattr(stage, "link_facts", lambda _: {})
    monkeypatch.setattr(stage, "measure_restart", virtual_restart)


def virtual_restart(
    request: MeasureRequest, block: int, restart: Restart, _address: Address, _observer: Any
) -> tuple[RestartRecord, list[Sample]]:
    """Return the planned rows of a restart, drawn from the number of its block."""
    planned = make_block(request.experiment, block)
    rng = random.Random(block)  # noqa: S311 - a simulation is no secret
    samples = samples_of_block(request.experiment, planned, rng)
    record = make_restart(restart.threads, startup_ns=1, wall_ns=1)
    return record, [sample for sample in samples if sample.threads == restart.threads]


def quick_request(data: Path, minutes: float | None = None) -> MeasureRequest:
    """Return a request for the run ``m/r`` of two cells."""
    budget = make_budget("quick", minutes)
    experiment = make_experiment(
        budget=budget, core_count=2, model="stub:1", batch_sizes="1,8", threads="1", image_size=32
    )
    return MeasureRequest(experiment=experiment, budget=budget, data=data, machine="m", run="r")
