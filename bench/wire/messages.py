"""Every message that exists, with its fields.

Strings, lists and facts are bounded here; sizes of tensors are checked by the decoder.
"""

import math
from typing import Annotated

from msgspec import Meta, Struct

from bench.records import CLIENT, Address, Count, EngineSpec, Facts, Positive, Word

Text = Annotated[str, Meta(max_length=4096)]
Nanoseconds = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Shape = Annotated[tuple[Positive, ...], Meta(min_length=1, max_length=4)]


BatchSizes = Annotated[tuple[Positive, ...], Meta(min_length=1, max_length=64)]
MAX_FACT_LEVELS = 8


def check_facts(value: object, levels: int = MAX_FACT_LEVELS) -> None:
    """Refuse facts that could not be stored as JSON, or that are nested too deeply.

    Raises
    ------
    ValueError
        With the type or the limit.
    """
    if not levels:
        raise ValueError(f"facts must have at most {MAX_FACT_LEVELS} levels")
    if isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(name, str):
                raise ValueError("names of facts must be text")  # noqa: TRY004 - msgspec wants it so
            check_facts(each, levels - 1)
    elif isinstance(value, list | tuple):
        for each in value:
            check_facts(each, levels - 1)
    elif not isinstance(value, str | int | float | None):
        raise ValueError(f"facts must be plain values, not {type(value).__name__}")  # noqa: TRY004
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("facts must be finite numbers")


class Describe(Struct, frozen=True, tag="describe"):
    """Ask a worker what it is; answered also while it is busy."""


class Description(Struct, frozen=True, tag="description"):
    """What a worker is, what it offers, and how its host is just now.

    ``engines`` is what other engines could use there.
    """

    engine: EngineSpec
    image_size_max: Positive
    threads_max: Positive
    busy: bool
    host: Facts
    moment: Facts
    revision: Facts = {}
    engines: Facts = {}

    def __post_init__(self) -> None:
        """Refuse facts that could not be stored."""
        for facts in (self.host, self.moment, self.revision, self.engines):
            check_facts(facts)


class Hello(Struct, frozen=True, tag="hello"):
    """Ask for a fresh compute process; a worker serves one ``client`` at a time."""

    engine: EngineSpec
    codec: Word
    image_size: Positive
    batch_sizes: BatchSizes
    threads: Positive
    allocator: Word
    in_flight_count: Positive
    client: Word = ""
    preprocess: Word = CLIENT

    @property
    def batch_size_max(self) -> int:
        """The largest batch."""
        return max(self.batch_sizes)


class Welcome(Struct, frozen=True, tag="welcome"):
    """A compute process is ready at the address ``data``, for this session only.

    An empty host is the one at which the worker was asked, and port 0 is the port after that one.
    """

    session: Word
    data: Address
    engine: Facts

    def __post_init__(self) -> None:
        """Refuse facts that could not be stored."""
        check_facts(self.engine)


KEY_REFUSED = "key"
"""The field of a refusal of a client's key."""


class Refusal(Struct, frozen=True, tag="refusal"):
    """A worker's no; ``busy`` may pass, everything else needs another worker or another hello."""

    field: Word
    asked: Text
    offered: Text

    @property
    def busy(self) -> bool:
        """Whether trying again later can help."""
        return self.field == "busy"

    @property
    def of_key(self) -> bool:
        """Whether the key of the client was allowed when it connected, and is not any more."""
        return self.field == KEY_REFUSED


class Leave(Struct, frozen=True, tag="leave"):
    """End what runs for a client that is done, and free the worker; it is not answered."""

    client: Word


class Join(Struct, frozen=True, tag="join"):
    """The first message of a data connection: it is the one of this session's client."""

    session: Word


class Request(Struct, frozen=True, tag="request"):
    """One batch to infer; its tensor is the second frame.

    A ``probe`` is answered with zeros and not computed: it measures the transport, not the model.
    """

    session: Word
    segment: Count
    sequence: Count
    dtype: Word
    shape: Shape
    probe: bool = False
    in_flight_count: Positive = 1


class Reply(Struct, frozen=True, tag="reply"):
    """The logits of one batch; its tensor is the second frame.

    With the stamps of the worker, ``w1_ns`` to ``w5_ns``, and the CPU time of its process between
    the two stamps of computing. ``wp_ns`` is there where it preprocesses, ``wh_ns`` and ``wd_ns``
    where it copies to a device, and ``wb_ns`` in both cases.
    """

    session: Word
    segment: Count
    sequence: Count
    dtype: Word
    shape: Shape
    w1_ns: Nanoseconds
    w2_ns: Nanoseconds
    w3_ns: Nanoseconds
    w4_ns: Nanoseconds
    w5_ns: Nanoseconds
    minor_faults_count: Count
    cpu_ns: Count
    wb_ns: Nanoseconds | None = None
    wp_ns: Nanoseconds | None = None
    wh_ns: Nanoseconds | None = None
    wd_ns: Nanoseconds | None = None


class Failure(Struct, frozen=True, tag="failure"):
    """A request that got no logits; ``sequence`` is None if it could not even be read."""

    sequence: Count | None
    message: Text


Message = (
    Describe | Description | Hello | Welcome | Refusal | Leave | Join | Request | Reply | Failure
)
