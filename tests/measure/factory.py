"""Rows of requests, and calls that are still to be made."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.codec.open import open_codec
from bench.codec.spec import Batch, Codec, batch_bytes
from bench.config import CODEC, make_budget, make_experiment
from bench.measure.executor import Call, Clock
from bench.measure.remote import RemoteExecutor
from bench.measure.request import MeasureRequest
from bench.records import Arm, Outcome, Phase, Sample
from bench.transport.link import Link


class Silent:
    """Hears a run, and ignores it."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


def make_sample(number: int, **known: Any) -> Sample:
    """Return the row of a remote latency request, but for the columns that are ``known``."""
    columns: dict[str, Any] = {
        "block": 1,
        "threads": 2,
        "batch_size": 1,
        "arm": Arm.REMOTE,
        "phase": Phase.LATENCY,
        "in_flight_count": 1,
        "request": number,
        "batch": number,
        "outcome": Outcome.OK,
        "payload_bytes": 0,
        "wire_bytes": 0,
    }
    return Sample(**columns | known)


def make_call(number: int, batch: Batch, **known: Any) -> Call:
    """Return a call of a batch, whose row is ``known`` as far as it is planned."""
    planned = {
        "batch_size": len(batch),
        "payload_bytes": batch_bytes(batch),
        "outcome": Outcome.FAILED,
        **known,
    }
    return Call(
        make_sample(number, **planned), batch, np.zeros((len(batch), 1000), dtype=np.float32)
    )


def make_remote(
    link: Link,
    ask: Callable[[], object],
    *,
    session: str = "s",
    timeout_s: float = 30,
    clock: Clock = time.perf_counter_ns,
    codec: Codec | None = None,
    **options: Any,
) -> RemoteExecutor:
    """Return a remote executor of 1000 classes; ``ask`` asks whether the worker lives."""
    return RemoteExecutor(
        link,
        codec or open_codec(CODEC),
        session=session,
        class_count=1000,
        ask=ask,
        worker=str(link.address),
        timeout_s=timeout_s,
        clock=clock,
        **options,
    )


def make_request(model: str, **known: Any) -> MeasureRequest:
    """Return a request to measure a model with the defaults of the command line."""
    budget = make_budget("smoke")
    experiment = make_experiment(budget=budget, core_count=2, model=model, image_size=224)
    return MeasureRequest(experiment=experiment, budget=budget, data=Path("data"), **known)
