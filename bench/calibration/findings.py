"""The findings of a run in virtual time, and whether they hold for its machine."""

import math
from collections.abc import Mapping
from dataclasses import replace

from bench.calibration.clocks import OTHER_HOST
from bench.calibration.hit_rate import covers
from bench.calibration.machine import Machine
from bench.calibration.truth import Truth
from bench.stats.cells import CellSummary
from bench.stats.estimate import Estimate
from bench.stats.flags import FLAGS
from bench.stats.pooled import pooled_name
from bench.stats.verdict_words import COSTS

LOSS_COVERED, NS_COVERED = "latency loss covered", "latency loss in ms covered"
IPS_COVERED, DIFFERS = "throughput loss covered", "the arms seem to differ"
OVERHEAD_COVERED, COMPUTE_COVERED = "overhead covered", "compute difference covered"
WAITING_COVERED, STRETCH_COVERED = "waiting covered", "stretch covered"
CALLED_COSTS = "called costs"


def findings(cell: CellSummary, truth: Truth) -> dict[str, bool]:
    """Return all findings that may have a band, and whether each holds in this run."""
    loss = cell.latency_loss_percent
    return {
        LOSS_COVERED: covers(loss, truth.latency_loss_percent),
        NS_COVERED: covers(cell.latency_loss_ns, truth.latency_loss_ns),
        IPS_COVERED: covers(cell.throughput_loss_percent, truth.throughput_loss_percent),
        DIFFERS: not covers(loss, 0.0),
        **{f"flagged {flag}": flag in cell.flags for flag in FLAGS},
    }


def answers(cell: CellSummary, pooled: Mapping[str, Estimate], median: Truth) -> dict[str, bool]:
    """Return which findings on overhead and compute difference hold, against what was programmed.

    Waiting and stretch are pooled over the cells of a thread count, and each run has its own.

    Parameters
    ----------
    cell : CellSummary
        The only cell of the run.
    pooled : mapping of str to Estimate
        The pooled figures of its summary, by :func:`bench.stats.pooled.pooled_name`.
    median : Truth
        What was programmed, for the machine that the stamps show: see :func:`as_shown`.
    """
    overhead, threads = cell.overhead, cell.threads
    return {
        OVERHEAD_COVERED: covers(overhead.overhead_ns, median.overhead_ns),
        COMPUTE_COVERED: covers(
            overhead.compute_difference_percent, median.compute_difference_percent
        ),
        WAITING_COVERED: covers(pooled[pooled_name("waiting", threads)], median.waiting_percent),
        STRETCH_COVERED: covers(pooled[pooled_name("stretch", threads)], 0.0),
        CALLED_COSTS: cell.overhead_verdict == COSTS,
    }


def as_shown(machine: Machine) -> Machine:
    """Return the machine as the stamps show it, since the worker's clock is fast.

    That clock makes computing longer, and the overhead shorter by the same time.
    """
    fast = OTHER_HOST.fast_ppm / 1e6
    excess_ns = fast * machine.compute_ns * math.exp(machine.slower)
    return replace(
        machine,
        slower=machine.slower + math.log1p(fast),
        overhead_ns=machine.overhead_ns - excess_ns,
    )
