"""What statistics say: an estimate is a point with its interval, level and n, or None.

Too little data gives None where a point cannot be had, and a point without an interval where the
interval cannot; never a zero that looks measured.
"""

from dataclasses import dataclass

LEVEL = 0.95
NOT_MEASURED = "not measured"
EXPLORATORY = "exploratory"
UNDECIDED = "undecided"
EQUIVALENT = "equivalent"
SMALL = "small"
SLOWER = "slower"
FASTER = "faster"
VERDICTS = (SLOWER, FASTER, EQUIVALENT, SMALL, UNDECIDED, EXPLORATORY, NOT_MEASURED)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A point, its interval at ``level`` (None, None where n is too small), and its n blocks."""

    point: float
    low: float | None
    high: float | None
    level: float
    n: int


@dataclass(frozen=True, slots=True)
class CellSummary:
    """One planned cell: its estimates, each None where nothing was measured.

    Losses are percent by which remote is worse than local; verdicts are words of ``VERDICTS``.
    """

    batch_size: int
    threads: int
    blocks: int
    requests: int
    failed_count: int
    latency_local_ns: Estimate | None
    latency_remote_ns: Estimate | None
    latency_loss_percent: Estimate | None
    throughput_local_ips: Estimate | None
    throughput_remote_ips: Estimate | None
    throughput_loss_percent: Estimate | None
    compute_ratio: Estimate | None
    latency_verdict: str
    throughput_verdict: str


@dataclass(frozen=True, slots=True)
class Summary:
    """All planned cells of a run, by batch size, then threads, and the placebo's noise floor."""

    cells: tuple[CellSummary, ...]
    blocks: int
    noise_floor_percent: float | None

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """The planned batch sizes, ascending."""
        return tuple(sorted({cell.batch_size for cell in self.cells}))

    @property
    def exploratory(self) -> bool:
        """Whether no cell has enough blocks for an interval."""
        return not any(
            c.latency_loss_percent and c.latency_loss_percent.low is not None for c in self.cells
        )
