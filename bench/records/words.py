"""Words with one meaning each; and what every record has: strict decoding, and a way to compare."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec

Word = Annotated[str, msgspec.Meta(max_length=256)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31)]
Facts = dict[str, Any]
"""Facts of a host by name; a missing fact is None, with its reason under ``<name>_missing``."""
_MIN_FACT, _MAX_FACT = 1e-6, 2**53


def numeric_fact(facts: Facts, name: str) -> float | None:
    """Return a fact as a number above 0; None where it is missing or anything else.

    A worker, and a file, may state anything.
    """
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if _MIN_FACT <= value <= _MAX_FACT else None


class Placement(StrEnum):
    """Where the model computes."""

    LOCAL = "local"
    REMOTE = "remote"


class Arm(StrEnum):
    """One placement within a cell.

    ``local2`` is the placebo, a second local arm; ``idle`` is a local arm that pauses before each
    request for as long as the worker had to wait for its next one.
    """

    LOCAL = "local"
    REMOTE = "remote"
    PLACEBO = "local2"
    IDLE = "idle"

    @property
    def placement(self) -> Placement:
        """Where this arm computes."""
        return Placement.REMOTE if self is Arm.REMOTE else Placement.LOCAL


class Phase(StrEnum):
    """What a request was for: only ``latency`` and ``burst`` rows make latency and throughput.

    A ``probe`` is sent like any other request and is answered without computing: it measures
    the smallest possible remote latency.
    """

    WARMUP = "warmup"
    LATENCY = "latency"
    BURST = "burst"
    PROBE = "probe"


class Outcome(StrEnum):
    """How a request ended; each request is a row, failed ones too."""

    OK = "ok"
    TIMED_OUT = "timed_out"
    FAILED = "failed"


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all records: immutable, strict when decoded."""


def changed(
    old: Mapping[str, Any], new: Mapping[str, Any], names: Iterable[str] | None = None
) -> dict[str, tuple[Any, Any]]:
    """Return what differs between two mappings, with the old and the new value.

    Parameters
    ----------
    old, new : mapping of str to any
        A name that one of them lacks has the value None there.
    names : iterable of str, optional
        The names that count; without them all of both.
    """
    pairs = {name: (old.get(name), new.get(name)) for name in names or {**old, **new}}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def changes(old: Record, new: Record) -> dict[str, tuple[Any, Any]]:
    """Return the fields in which two records of one kind differ, with the old and the new value."""
    return changed(msgspec.structs.asdict(old), msgspec.structs.asdict(new))
