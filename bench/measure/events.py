"""The job of a measuring child, and the events that it sends."""

import msgspec

from bench.records import Address, AnswerComparison, Arm, Cell, Experiment, Facts, Restart, Sample
from bench.transport.security import ClientKeys

SEGMENT_ATTEMPTS = 3
"""A segment with a request that times out is tried this often; then the worker is lost."""


class RestartJob(msgspec.Struct, frozen=True):
    """Measure one restart of one block against the worker at ``address``, as this ``client``."""

    experiment: Experiment
    block: int
    restart: Restart
    address: Address
    weights_path: str | None
    client: str = ""
    input_path: str | None = None
    keys: ClientKeys | None = None


class RestartReady(msgspec.Struct, frozen=True, tag="restart_ready"):
    """Both models are loaded and agree; ``may_differ`` lists the allowed differences."""

    client: Facts
    worker: Facts
    client_before: Facts
    worker_before: Facts
    startup_ns: int
    may_differ: list[str]
    compile_ns: int = 0
    worker_compile_ns: int = 0


class SegmentDone(msgspec.Struct, frozen=True, tag="segment_done"):
    """One arm of a cell is measured; in ``repeated`` earlier attempts a request timed out."""

    cell: Cell
    arm: Arm
    samples: list[Sample]
    repeated: int = 0


class RestartDone(msgspec.Struct, frozen=True, tag="restart_done"):
    """All segments are measured."""

    client_after: Facts
    worker_after: Facts
    wall_ns: int
    answers: AnswerComparison = AnswerComparison()


RestartEvent = RestartReady | SegmentDone | RestartDone
