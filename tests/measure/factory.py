"""Rows of requests, and calls that are still to be made."""

from typing import Any

import numpy as np

from bench.measure.executor import Batch, Call
from bench.records import Arm, Outcome, Phase, Sample


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
        "payload_bytes": batch.nbytes,
        "outcome": Outcome.FAILED,
        **known,
    }
    return Call(
        make_sample(number, **planned), batch, np.zeros((len(batch), 1000), dtype=np.float32)
    )
