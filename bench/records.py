"""The frozen records and names that several packages use; each name has one meaning.

All structs are strict when decoded from JSON: an unknown field or a wrong type is an error
that names it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any

import msgspec


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


class Cell(Record, frozen=True, kw_only=True, order=True):
    """One combination of batch size and intra-op threads."""

    batch_size: int
    threads: int


class SegmentLength(Record, frozen=True, kw_only=True):
    """How many requests of each phase one arm of a cell makes in one block.

    ``burst_count`` completions are timed with several requests in flight. The time begins with the
    first completion, so a burst needs at least two. Without a warm-up the burst comes first, and
    its first request is the warm-up. ``probe_count`` requests that compute nothing end a segment.
    """

    warmup_count: int = 0
    burst_count: int = 0
    latency_count: int
    probe_count: int = 0

    @property
    def computed_count(self) -> int:
        """How many requests are computed: all but the probes."""
        return self.warmup_count + self.burst_count + self.latency_count

    @property
    def request_count(self) -> int:
        """How many requests, and so rows, a segment makes."""
        return self.computed_count + self.probe_count


class CellLengths(Record, frozen=True, kw_only=True):
    """The lengths of the segments of a cell: of the arms that compute locally, and of remote."""

    local: SegmentLength
    remote: SegmentLength

    def of(self, placement: Placement) -> SegmentLength:
        """Return the length of a segment whose arm computes there."""
        return self.remote if placement is Placement.REMOTE else self.local


class Address(Record, frozen=True, kw_only=True):
    """Where a socket listens; port 0 is any free port, and an empty host the one that was asked."""

    host: Annotated[str, msgspec.Meta(max_length=255)]
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)]

    def __str__(self) -> str:
        """Return ``tcp://HOST:PORT``; the host is in brackets if it is one of IPv6."""
        host = f"[{self.host}]" if self.is_ipv6 else self.host
        return f"tcp://{host}:{self.port or '*'}"

    @property
    def is_ipv6(self) -> bool:
        """Whether the host is an address of IPv6, written out."""
        return ":" in self.host

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in ("127.0.0.1", "localhost", "::1")

    def seen_from(self, asked: "Address") -> "Address":
        """Return the address for a peer that reached the same host at ``asked``."""
        return self if self.host else Address(host=asked.host, port=self.port)


ANY_LOOPBACK_PORT = Address(host="127.0.0.1", port=0)


EMBEDDED_WORKER = "embedded"
"""The worker of an experiment that starts its own; else it is an address."""
REMOTE_WORKER = "remote"
"""The worker of a run that does not store its address."""


Word = Annotated[str, msgspec.Meta(max_length=256)]


SEEDED_WEIGHTS = "seeded"
"""The weights of an engine that draws them from a constant seed."""


class EngineSpec(Record, frozen=True, kw_only=True):
    """What computes a batch: a model with its weights, and where and how it computes.

    ``weights`` identifies them: by :data:`SEEDED_WEIGHTS`, or by the digest of a file.
    """

    model: Word
    weights: Word = SEEDED_WEIGHTS
    device: Word = "cpu"
    precision: Word = "float32"
    memory_format: Word = "contiguous"
    mode: Word = "eager"


class Engines(Record, frozen=True, kw_only=True):
    """The engines of the arms that compute locally, and of remote; model and weights agree."""

    local: EngineSpec
    remote: EngineSpec

    def of(self, placement: Placement) -> EngineSpec:
        """Return the engine of an arm that computes there."""
        return self.remote if placement is Placement.REMOTE else self.local


class Load(Record, frozen=True, kw_only=True):
    """How requests follow each other in a burst: a new one as soon as fewer are outstanding."""

    in_flight_count: int


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


class Experiment(Record, frozen=True, kw_only=True):
    """What is measured; a run may be continued or compared if its experiment is comparable."""

    engines: Engines
    codec: str
    input: str
    load: Load
    image_size: int
    batch_sizes: tuple[int, ...]
    threads: tuple[int, ...]
    seed: int
    allocator: str
    worker: str
    lengths: tuple[CellLengths, ...]
    timeout_s: int
    smoke: bool

    def comparable(self) -> dict[str, object]:
        """Return all that must be equal in runs that are continued or compared.

        The address of a remote worker is recorded and not compared, since it may change. The facts
        of its host, its engine and its code identify it.
        """
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        del fields["engines"], fields["load"]
        if self.worker != EMBEDDED_WORKER:
            fields["worker"] = REMOTE_WORKER
        local, remote = self.engines.local, self.engines.remote
        unequal = changes(local, remote)
        for name in local.__struct_fields__:
            if name in unequal:
                fields[f"local {name}"], fields[f"remote {name}"] = unequal[name]
            else:
                fields[name] = getattr(local, name)
        return {**fields, "in_flight_count": self.load.in_flight_count}

    @property
    def model(self) -> str:
        """The model of both arms."""
        return self.engines.local.model

    @property
    def weights(self) -> str:
        """What identifies the weights of both arms."""
        return self.engines.local.weights

    def lengths_of(self, batch_size: int) -> CellLengths:
        """Return the segment lengths of a batch size of this experiment."""
        return self.lengths[self.batch_sizes.index(batch_size)]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All planned cells, by batch size, then threads."""
        return tuple(
            Cell(batch_size=batch_size, threads=threads)
            for batch_size in self.batch_sizes
            for threads in self.threads
        )


MIN_EFFECT_FRACTION = 0.02
"""The smallest difference that counts."""


class Budget(Record, frozen=True, kw_only=True):
    """When a run ends: after ``max_blocks``, or earlier once every interval is narrow.

    With ``minutes`` a block begins only if it is expected to fit into them, and ``max_blocks`` is
    how many blocks are expected in all.
    """

    preset: str
    max_blocks: int
    delta_fraction: float | None = None
    minutes: float | None = None

    @property
    def block_limit(self) -> int:
        """After how many blocks a run ends, however few of them count."""
        return self.max_blocks + self.max_blocks // 2


class Visit(Record, frozen=True, kw_only=True):
    """One visit to a cell within a restart: its arms, back to back, in this order."""

    batch_size: int
    arms: tuple[Arm, ...]


class Restart(Record, frozen=True, kw_only=True):
    """A fresh local process and a fresh worker process at one thread count."""

    threads: int
    visits: tuple[Visit, ...]


class Block(Record, frozen=True, kw_only=True):
    """One measurement of all cells: the unit of replication."""

    index: int
    restarts: tuple[Restart, ...]


class Schedule(Record, frozen=True, kw_only=True):
    """The order of everything, written before the first measurement."""

    seed: int
    blocks: tuple[Block, ...]


Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]  # stored with 32 bits
Stamp = int | None  # monotonic [ns]; None where a request has no such step or did not reach it


def column(meaning: str, unit: str = "") -> msgspec.Meta:
    """Return the annotation of a column: what its values mean, and their unit."""
    return msgspec.Meta(description=meaning, extra={"unit": unit})


class Sample(Record, frozen=True, kw_only=True):
    """One request, which is one row: the fields are the columns, in their order.

    Stamps of the client (c) are never compared with those of the computing process (w): they may
    come from two clocks. A local request has c0, c1, c5, w3 and w4 only. Preprocessing ends at cp
    or wp, on the side that does it; wh and wd are those of a device with memory of its own.
    """

    block: Annotated[Int32, column("block, from 1")]
    threads: Annotated[Int32, column("intra-op threads", "threads")]
    batch_size: Annotated[Int32, column("images in the batch", "images")]
    arm: Annotated[Arm, column("local, remote, local2 or idle")]
    phase: Annotated[Phase, column("warmup, latency, burst or probe")]
    in_flight_count: Annotated[Int32, column("requests outstanding", "requests")]
    request: Annotated[Int32, column("number within the segment, from 0")]
    batch: Annotated[Int32, column("which batch of the pool")]
    outcome: Annotated[Outcome, column("ok, timed_out or failed")]
    c0_ns: Annotated[Stamp, column("client: intended start", "ns")] = None
    c1_ns: Annotated[Stamp, column("client: before encoding", "ns")] = None
    cp_ns: Annotated[Stamp, column("client: preprocessing ended", "ns")] = None
    c2_ns: Annotated[Stamp, column("client: before send", "ns")] = None
    c3_ns: Annotated[Stamp, column("client: send returned", "ns")] = None
    c4_ns: Annotated[Stamp, column("client: reply received", "ns")] = None
    c5_ns: Annotated[Stamp, column("client: logits decoded and checked", "ns")] = None
    w1_ns: Annotated[Stamp, column("computing process: request received", "ns")] = None
    w2_ns: Annotated[Stamp, column("computing process: taken by the compute thread", "ns")] = None
    wp_ns: Annotated[Stamp, column("computing process: preprocessing ended", "ns")] = None
    wh_ns: Annotated[Stamp, column("computing process: input is on the device", "ns")] = None
    w3_ns: Annotated[Stamp, column("computing process: compute starts", "ns")] = None
    w4_ns: Annotated[Stamp, column("computing process: compute ended", "ns")] = None
    wd_ns: Annotated[Stamp, column("computing process: output is in host memory", "ns")] = None
    w5_ns: Annotated[Stamp, column("computing process: before send", "ns")] = None
    minor_faults_count: Annotated[int | None, column("of the computing process", "faults")] = None
    cpu_ns: Annotated[int | None, column("CPU time of its threads while it computed", "ns")] = None
    payload_bytes: Annotated[int, column("the batch", "bytes")]
    wire_bytes: Annotated[int, column("all frames of the request; 0 if local", "bytes")]
    error: Annotated[str | None, column("why it failed")] = None
    client: Annotated[Int32 | None, column("which client, from 0")] = 0
    worker: Annotated[Int32 | None, column("which worker, from 0; none if local")] = None

    @property
    def latency_ns(self) -> int | None:
        """Time from before encoding to decoded logits [ns]; None without an answer."""
        return None if self.c1_ns is None or self.c5_ns is None else self.c5_ns - self.c1_ns

    @property
    def overhead_ns(self) -> int | None:
        """The latency without computing [ns]; None without an answer."""
        if self.latency_ns is None or self.w3_ns is None or self.w4_ns is None:
            return None
        return self.latency_ns - (self.w4_ns - self.w3_ns)


Facts = dict[str, Any]
"""Facts of a host by name; a missing fact is None, with its reason under ``<name>_missing``."""


def busy_threads(cpu_ns: float, wall_ns: float) -> float | None:
    """Return how many threads computed on average: CPU time over wall time [ns].

    None where nothing was computed.
    """
    return cpu_ns / wall_ns if wall_ns else None


class RestartRecord(Record, frozen=True, kw_only=True):
    """What is recorded of the two processes of a restart, besides the samples.

    Segments with a request that timed out were measured again; their first attempts are not stored.
    """

    threads: int
    startup_ns: int
    wall_ns: int
    repeated_segments_count: int = 0
    client: Facts
    worker: Facts
    client_before: Facts
    client_after: Facts
    worker_before: Facts
    worker_after: Facts


class BlockRecord(Record, frozen=True, kw_only=True):
    """What is stored with a complete block besides its samples."""

    index: int
    started_at: str
    wall_ns: int
    restarts: tuple[RestartRecord, ...]


class RunInfo(Record, frozen=True, kw_only=True):
    """Everything about a run that is not a sample and not the schedule.

    An imported run names its ``source``; it has aggregated rows instead of samples. A run of
    schema 1 or 2 has no ``measuring_version`` but a digest of the code that measured it.
    """

    schema_version: int
    machine: str
    run: str
    created_at: str
    comment: str
    experiment: Experiment
    client: Facts
    worker: Facts
    placement: dict[str, str]
    link: Facts = {}
    revision: Facts = {}
    source: Facts = {}
    measuring_version: int | None = None
    code_digest: str = ""

    @property
    def code(self) -> str:
        """Which code measured the run: ``version 1``, or the digest of an older run."""
        if self.measuring_version is None:
            return self.code_digest
        return f"version {self.measuring_version}"


_LINK_RATES = ("shaped_mbps", "speed_mbps")


def differences(stored: RunInfo, now: RunInfo) -> list[str]:
    """Return why a run cannot continue another: schema, experiment, code, facts of both hosts."""
    changes_of = {
        "{}": changed(stored.experiment.comparable(), now.experiment.comparable()),
        "{} of the link": changed(stored.link, now.link, _LINK_RATES),
    }
    lengths = changes_of["{}"].pop("lengths", None)
    lines = _change_lines(changes_of)
    if lengths:
        lines.append("how many requests a segment has")
    if stored.schema_version != now.schema_version:
        lines.append(f"schema version is {now.schema_version} and was {stored.schema_version}")
    if stored.code != now.code:
        lines.append("the measuring code")
    sides = {
        f"{side} {{}}": dict(sorted(changed(getattr(stored, side), getattr(now, side)).items()))
        for side in ("client", "worker")
    }
    return lines + _change_lines(sides)


def _change_lines(changes_of: Mapping[str, Mapping[str, tuple[Any, Any]]]) -> list[str]:
    return [
        f"{template.format(name)} is {new} and was {old}"
        for template, changes_by_name in changes_of.items()
        for name, (old, new) in changes_by_name.items()
    ]
