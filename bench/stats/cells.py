"""The summary of a run: its cells, with the parts, causes and verdicts of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.records import Cell
from bench.stats.estimate import Estimate, Quantile, Range
from bench.stats.verdict_words import NOT_MEASURED
from bench.units import PERCENT

ARMS = ("local", "remote")
"""The arms that are compared; the others are controls."""
COMPONENTS = (
    "preprocess",
    "encode",
    "transport",
    "queue",
    "decode_in",
    "to_device",
    "compute",
    "from_device",
    "encode_out",
    "decode",
)
"""Parts of a latency, in order; preprocessing and copies to and from a device are not overhead."""
OPTIONAL_COMPONENTS = ("preprocess", "to_device", "from_device")
_OUTSIDE = {
    "preprocess": ("preprocess",),
    "copies": ("to_device", "from_device"),
    "encode": ("encode",),
    "transport": ("transport",),
    "queue": ("queue",),
    "decode": ("decode_in",),
    "reply": ("encode_out", "decode"),
}


@dataclass(frozen=True, slots=True)
class Components:
    """Parts of the latency of a cell's typical remote request, in order [ns]; they add up to it.

    Those of ``OPTIONAL_COMPONENTS`` are None where a request has no such part. Also the compute
    times of the local arm and, where there is one, of the idle arm; and the local preprocessing.
    """

    preprocess_ns: Estimate | None = None
    encode_ns: Estimate | None = None
    transport_ns: Estimate | None = None
    queue_ns: Estimate | None = None
    decode_in_ns: Estimate | None = None
    to_device_ns: Estimate | None = None
    compute_ns: Estimate | None = None
    from_device_ns: Estimate | None = None
    encode_out_ns: Estimate | None = None
    decode_ns: Estimate | None = None
    compute_local_ns: Estimate | None = None
    compute_idle_ns: Estimate | None = None
    preprocess_local_ns: Estimate | None = None

    @property
    def known(self) -> dict[str, Estimate]:
        """The components that a request has, by name, in order; empty where nothing is known."""
        by_name = {name: getattr(self, f"{name}_ns") for name in COMPONENTS}
        return {name: estimate for name, estimate in by_name.items() if estimate is not None}

    def shares_outside(self) -> dict[str, float]:
        """Return what such a request spends outside of computing [percent of its latency].

        By component, in order: ``preprocess`` and ``copies``, where there are such, ``encode``,
        ``transport`` (both directions), ``queue``, ``decode``, and ``reply``, which is encoded and
        decoded too. Empty where nothing is known.
        """
        means = self.known
        latency_ns = sum(mean.point for mean in means.values())
        return {
            part: PERCENT * sum(means[name].point for name in names) / latency_ns
            for part, names in _OUTSIDE.items()
            if means.keys() >= set(names)
        }


@dataclass(frozen=True, slots=True)
class Attribution:
    """Percentage points of a cell's latency loss by cause; those that are not None add up to it.

    ``preprocessing`` and ``copies`` (to and from a device) are None where neither arm has them.
    ``idle_gap`` is the part of slower computing that waiting between requests explains; without
    an idle arm it is None, and within ``slower_compute``.
    """

    preprocessing: Estimate | None = None
    copies: Estimate | None = None
    encoding: Estimate | None = None
    transport: Estimate | None = None
    queueing: Estimate | None = None
    idle_gap: Estimate | None = None
    slower_compute: Estimate | None = None
    rest: Estimate | None = None


@dataclass(frozen=True, slots=True)
class Overhead:
    """The overhead of a cell, and related figures; each None where it cannot be computed.

    ``overhead_ns`` is remote minus local, ``overhead_percent`` the same in percent of the run's
    mean local latency of the cell. ``compute_difference_percent`` is by how much remote computes
    slower. ``waiting_percent`` is the part of throughput that is lost to waiting.
    """

    overhead_ns: Estimate | None = None
    overhead_percent: Estimate | None = None
    compute_difference_percent: Estimate | None = None
    waiting_percent: float | None = None


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """One arm of a cell: its estimates, each None where nothing was measured.

    ``speedup`` is how many times as fast the arm is as with the run's smallest thread count.
    ``range_ns`` is known of an imported run only.
    """

    latency_ns: Estimate | None = None
    throughput_ips: Estimate | None = None
    quantiles_ns: tuple[Quantile, ...] = ()
    littles_law: float | None = None
    speedup: Estimate | None = None
    range_ns: Range | None = None


@dataclass(frozen=True, slots=True)
class CellSummary:
    """One planned cell: its estimates, each None where nothing was measured.

    ``arms`` has an entry for each of ``ARMS``. Losses are percent by which remote is worse than
    local, unless the name has another unit; ``bare_loss_percent`` is that of the latency without
    preprocessing, where there is some. Verdicts are words of ``VERDICTS``, or of
    ``OVERHEAD_VERDICTS``, flags those of :data:`bench.stats.flags.FLAGS`.
    """

    cell: Cell
    blocks: int
    requests: int
    failed_count: int
    arms: Mapping[str, ArmSummary]
    latency_loss_percent: Estimate | None
    throughput_loss_percent: Estimate | None
    compute_ratio: Estimate | None
    latency_verdict: str
    throughput_verdict: str
    latency_loss_ns: Estimate | None = None
    latency_loss_hl: Estimate | None = None
    bare_loss_percent: Estimate | None = None
    components: Components = Components()
    attribution: Attribution = Attribution()
    overhead: Overhead = Overhead()
    overhead_verdict: str = NOT_MEASURED
    flags: tuple[str, ...] = ()

    @property
    def batch_size(self) -> int:
        """Images in a batch."""
        return self.cell.batch_size

    @property
    def threads(self) -> int:
        """Intra-op threads."""
        return self.cell.threads

    def loss_percent(self, metric: str) -> Estimate | None:
        """Return the loss of ``latency`` or ``throughput``."""
        return self.latency_loss_percent if metric == "latency" else self.throughput_loss_percent

    def verdict(self, metric: str) -> str:
        """Return the verdict on that loss."""
        return self.latency_verdict if metric == "latency" else self.throughput_verdict

    @property
    def failed_fraction(self) -> float | None:
        """The share of requests that failed or timed out; None without a request."""
        return self.failed_count / self.requests if self.requests else None


def end_cells(cells: Sequence[CellSummary]) -> tuple[CellSummary, ...]:
    """Return the cells of the smallest and the largest batch at the most threads."""
    most = max((cell.threads for cell in cells), default=0)
    candidates = [cell for cell in cells if cell.threads == most]
    return (*candidates[:1], *candidates[1:][-1:])


@dataclass(frozen=True, slots=True)
class Summary:
    """All planned cells of a run, by batch size, then threads, and the placebo's noise floor.

    ``pooled`` are figures of several cells, as :func:`bench.stats.pooled.pool_cells` names them.
    Where blocks are invalid, ``with_invalid`` is the same summary with them included. The arms of
    an imported run have the ``names`` that its study gave them.
    """

    cells: tuple[CellSummary, ...]
    blocks: int
    noise_floor_percent: float | None
    pooled: Mapping[str, Estimate] = field(default_factory=dict)
    invalid_blocks: tuple[int, ...] = ()
    with_invalid: "Summary | None" = None
    names: Mapping[str, str] = field(default_factory=lambda: {arm: arm for arm in ARMS})

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """The planned batch sizes, ascending."""
        return tuple(sorted({cell.batch_size for cell in self.cells}))

    @property
    def measured_count(self) -> int:
        """How many cells have a latency loss."""
        return sum(cell.latency_loss_percent is not None for cell in self.cells)

    @property
    def counted_blocks(self) -> int:
        """How many blocks count; 0 where all of them are invalid."""
        summary = self.with_invalid
        return (
            0 if summary is not None and summary.blocks == len(self.invalid_blocks) else self.blocks
        )

    @property
    def headline_cells(self) -> tuple[CellSummary, ...]:
        """The measured cells of the smallest and the largest batch at the most threads."""
        return end_cells([cell for cell in self.cells if cell.overhead.overhead_ns is not None])

    def cells_with(self, threads: int, like: Sequence[CellSummary]) -> list[CellSummary]:
        """Return the measured cells of the same batch sizes with another thread count."""
        sizes = [cell.batch_size for cell in like]
        return [
            cell
            for cell in self.cells
            if cell.threads == threads
            and cell.batch_size in sizes
            and cell.overhead.overhead_ns is not None
        ]

    @property
    def exploratory(self) -> bool:
        """Whether no cell has enough blocks for an interval."""
        return not any(
            c.latency_loss_percent and c.latency_loss_percent.low is not None for c in self.cells
        )
