"""The frozen records and names that several packages use; each name has one meaning.

All structs are strict when decoded from JSON: an unknown field or a wrong type is an error
that names it.
"""

from bench.records.plan import (
    ANY_LOOPBACK_PORT,
    EMBEDDED_WORKER,
    MIN_EFFECT_FRACTION,
    REMOTE_WORKER,
    SEEDED_WEIGHTS,
    Address,
    Block,
    Budget,
    Cell,
    CellLengths,
    Engines,
    EngineSpec,
    Experiment,
    Load,
    Restart,
    Schedule,
    SegmentLength,
    Visit,
)
from bench.records.run import BlockRecord, RestartRecord, RunInfo, differences
from bench.records.sample import Int32, Sample, Stamp, busy_threads, column
from bench.records.words import (
    Arm,
    Facts,
    Outcome,
    Phase,
    Placement,
    Record,
    Word,
    changed,
    changes,
)

__all__ = [
    "ANY_LOOPBACK_PORT",
    "EMBEDDED_WORKER",
    "MIN_EFFECT_FRACTION",
    "REMOTE_WORKER",
    "SEEDED_WEIGHTS",
    "Address",
    "Arm",
    "Block",
    "BlockRecord",
    "Budget",
    "Cell",
    "CellLengths",
    "EngineSpec",
    "Engines",
    "Experiment",
    "Facts",
    "Int32",
    "Load",
    "Outcome",
    "Phase",
    "Placement",
    "Record",
    "Restart",
    "RestartRecord",
    "RunInfo",
    "Sample",
    "Schedule",
    "SegmentLength",
    "Stamp",
    "Visit",
    "Word",
    "busy_threads",
    "changed",
    "changes",
    "column",
    "differences",
]
