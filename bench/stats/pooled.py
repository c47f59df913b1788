"""Figures of several cells together, by name: of a batch size, or of a whole run."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from bench.stats.cells import CellSummary
from bench.stats.estimate import LEVEL, Estimate

_LOSSES = ("latency", "throughput")


def pool_cells(cells: Sequence[CellSummary]) -> dict[str, Estimate]:
    """Return the pooled figures of a run's cells, by name.

    They are the medians of the losses [percent], of each batch size over its thread counts and of
    all cells. Cells of one run are no replicates, so a median has no interval; its ``n`` is the
    number of cells. There is none where no cell was measured.
    """
    sizes = sorted({cell.batch_size for cell in cells})
    groups: dict[int | None, Sequence[CellSummary]] = {None: cells}
    groups |= {size: [cell for cell in cells if cell.batch_size == size] for size in sizes}
    figures = {
        median_loss_name(metric, size): _median_loss(metric, group)
        for metric in _LOSSES
        for size, group in groups.items()
    }
    return {name: estimate for name, estimate in figures.items() if estimate is not None}


def pooled_name(kind: str, threads: int | None = None) -> str:
    """Return the name of a pooled percentage of all cells, or of those of a thread count.

    ``kind`` is ``compute_difference``, ``waiting`` or ``stretch``.
    """
    suffix = "" if threads is None else f"_threads_{threads}"
    return f"{kind}{suffix}_percent"


COMPUTE_DIFFERENCE = pooled_name("compute_difference")


def median_loss_name(metric: str, batch_size: int | None = None) -> str:
    """Return the name of the median loss of a batch size, or of all cells."""
    suffix = "" if batch_size is None else f"_batch_{batch_size}"
    return f"median_{metric}_loss{suffix}_percent"


def median_loss(
    pooled: Mapping[str, Estimate], metric: str, batch_size: int | None = None
) -> float | None:
    """Return the median loss of a batch size, or of all cells [percent]; None if not measured.

    Parameters
    ----------
    pooled : mapping of str to Estimate
        The pooled figures of a :class:`bench.stats.cells.Summary`, by name.
    metric : str
        ``latency`` or ``throughput``.
    batch_size : int, optional
        Without it, of all cells.
    """
    figure = pooled.get(median_loss_name(metric, batch_size))
    return None if figure is None else figure.point


def _median_loss(metric: str, cells: Iterable[CellSummary]) -> Estimate | None:
    losses = [cell.loss_percent(metric) for cell in cells]
    points = [loss.point for loss in losses if loss is not None]
    if not points:
        return None
    return Estimate(float(median(points)), None, None, LEVEL, len(points))
