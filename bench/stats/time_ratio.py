"""How many times as long remote takes as local, or how many times as fast it is."""

from dataclasses import dataclass, replace

from bench.stats.cells import CellSummary
from bench.stats.estimate import Estimate
from bench.units import PERCENT


@dataclass(frozen=True, slots=True)
class TimeRatio:
    """How many times as long remote takes as local."""

    as_long: Estimate

    @property
    def faster(self) -> bool:
        """Whether remote takes less time than local."""
        return self.as_long.point < 1

    @property
    def even(self) -> bool:
        """Whether the interval includes 1; False without an interval."""
        low, high = self.as_long.low, self.as_long.high
        return low is not None and high is not None and low <= 1 <= high

    @property
    def times(self) -> Estimate:
        """How many times as fast remote is where it is faster; else how many times as long."""
        if not self.faster:
            return self.as_long
        ends = self.as_long.high, self.as_long.low
        low, high = (None if end is None else 1 / end for end in ends)
        return replace(self.as_long, point=1 / self.as_long.point, low=low, high=high)


def time_ratio(cell: CellSummary) -> TimeRatio | None:
    """Return how many times as long remote takes in a cell; None where its loss is not known."""
    loss = cell.latency_loss_percent
    return None if loss is None else TimeRatio(loss.mapped(lambda percent: 1 + percent / PERCENT))
