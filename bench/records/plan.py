"""What is planned: cells and the lengths of their segments, engines, a worker, blocks, a budget."""

from typing import Annotated

import msgspec

from bench.records.words import (
    Arm,
    Count,
    Phase,
    Placement,
    Positive,
    Record,
    Word,
    changes,
)

Requests = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Counts = Annotated[tuple[Positive, ...], msgspec.Meta(min_length=1, max_length=4096)]


class Cell(Record, frozen=True, kw_only=True, order=True):
    """One combination of batch size and intra-op threads."""

    batch_size: Positive
    threads: Positive


class SegmentLength(Record, frozen=True, kw_only=True):
    """How many requests of each phase one arm of a cell makes in one block.

    ``burst_count`` completions are timed with several requests in flight. The time begins with the
    first completion, so a burst needs at least two. Without a warm-up the burst comes first, and
    its first request is the warm-up. ``probe_count`` requests that compute nothing end a segment.
    """

    warmup_count: Requests = 0
    burst_count: Requests = 0
    latency_count: Requests
    probe_count: Requests = 0

    @property
    def phases(self) -> tuple[tuple[Phase, int], ...]:
        """The phases of a segment in their order, each with how many requests it makes."""
        return (
            (Phase.WARMUP, self.warmup_count),
            (Phase.BURST, self.burst_count),
            (Phase.LATENCY, self.latency_count),
            (Phase.PROBE, self.probe_count),
        )

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
    """Where a socket listens; port 0 is any free port.

    In a worker's answer an empty host is the one that was asked, and port 0 the port after that.
    """

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
        return Address(host=self.host or asked.host, port=self.port or asked.port + 1)


ANY_LOOPBACK_PORT = Address(host="127.0.0.1", port=0)


EMBEDDED_WORKER = "embedded"
"""The worker of an experiment that starts its own; else it is an address."""
REMOTE_WORKER = "remote"
"""The worker of a run that does not store its address."""


SEEDED_WEIGHTS = "seeded"
"""The weights of an engine that draws them from a constant seed."""
CPU, FLOAT32, CONTIGUOUS, EAGER = "cpu", "float32", "contiguous", "eager"
"""The default of each word of an engine."""
COMPILE = "compile"


class EngineSpec(Record, frozen=True, kw_only=True):
    """What computes a batch: a model with its weights, and where and how it computes.

    ``weights`` identifies them: by :data:`SEEDED_WEIGHTS`, or by the digest of a file.
    """

    model: Word
    weights: Word = SEEDED_WEIGHTS
    device: Word = CPU
    precision: Word = FLOAT32
    memory_format: Word = CONTIGUOUS
    mode: Word = EAGER

    @property
    def compiled(self) -> bool:
        """Whether the model is compiled when a process starts, which takes minutes."""
        return self.mode == COMPILE

    @property
    def on_cpu(self) -> bool:
        """Whether it computes with the threads of a process."""
        return self.device == CPU


class Engines(Record, frozen=True, kw_only=True):
    """The engines of the arms that compute locally, and of remote; model and weights agree."""

    local: EngineSpec
    remote: EngineSpec

    @property
    def unequal(self) -> bool:
        """Whether they differ, so that a difference in computing is a result and no noise."""
        return self.local != self.remote


PLAIN, CURVE = "none", "curve"
"""How the connections to a worker are encrypted."""


class Load(Record, frozen=True, kw_only=True):
    """How requests follow each other in a burst: a new one as soon as fewer are outstanding."""

    in_flight_count: Positive


CLIENT, WORKER = "client", "worker"
"""Where images are decoded and resized."""
SYNTHETIC, SYNTHETIC_FILES = "synthetic", "synthetic-files"
"""The input of an experiment that makes its images from the seed: as they are sent, or as JPEG."""


class Experiment(Record, frozen=True, kw_only=True):
    """What is measured; a run may be continued or compared if its experiment is comparable.

    ``input`` is :data:`SYNTHETIC`, :data:`SYNTHETIC_FILES`, or how many files there are and the
    digest of their bytes.
    """

    engines: Engines
    codec: str
    input: str
    preprocess: str = CLIENT
    load: Load
    encryption: str = PLAIN
    image_size: Count
    batch_sizes: Counts
    threads: Counts
    seed: int
    allocator: str
    worker: str
    lengths: tuple[CellLengths, ...]
    timeout_s: Count
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
    max_blocks: Positive
    delta_fraction: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    minutes: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None

    @property
    def block_limit(self) -> int:
        """After how many blocks a run ends, however few of them count."""
        return self.max_blocks + self.max_blocks // 2


class Visit(Record, frozen=True, kw_only=True):
    """One visit to a cell within a restart: its arms, back to back, in this order."""

    batch_size: Positive
    arms: Annotated[tuple[Arm, ...], msgspec.Meta(min_length=1, max_length=len(Arm))]


class Restart(Record, frozen=True, kw_only=True):
    """A fresh local process and a fresh worker process at one thread count."""

    threads: Positive
    visits: tuple[Visit, ...]


class Block(Record, frozen=True, kw_only=True):
    """One measurement of all cells: the unit of replication."""

    index: Positive
    restarts: tuple[Restart, ...]


class Schedule(Record, frozen=True, kw_only=True):
    """The order of everything, written before the first measurement."""

    seed: int
    blocks: tuple[Block, ...]
