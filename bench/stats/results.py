"""The results of a run: each block is read once and reduced, then all are summarised."""

from dataclasses import dataclass, field

from bench.records import MIN_EFFECT_FRACTION, Budget
from bench.stats.blocks import reduce_blocks
from bench.stats.break_even import BreakEven, break_even_scenarios, break_evens
from bench.stats.cells import Summary
from bench.stats.comparison import RunMoments, run_moments
from bench.stats.effort import Effort, measure_effort
from bench.stats.estimate import LEVEL
from bench.stats.requests import Strip, request_strips
from bench.stats.round_trip import RoundTrip, is_loopback, round_trips
from bench.stats.stopping import ADAPTIVE_QUANTILE, Decision, decisions
from bench.stats.summary import single_latencies, summarise_blocks
from bench.store.run import Run


@dataclass(frozen=True, slots=True)
class Results:
    """All that is computed from a run, once; all that is published is made from it.

    ``moments`` are what a comparison needs of the valid blocks, by metric and cell. A run over
    loopback has ``break_evens``. An imported run has a summary only, and ``caveats``: texts that
    warn the reader.
    """

    summary: Summary
    decisions: tuple[Decision, ...] = ()
    round_trips: tuple[RoundTrip, ...] = ()
    strips: tuple[Strip, ...] = ()
    effort: Effort | None = None
    moments: RunMoments = field(default_factory=dict)
    break_evens: tuple[BreakEven, ...] = ()
    caveats: tuple[str, ...] = ()


def summarise(run: Run) -> Results:
    """Return the results of a measured run.

    Raises
    ------
    DataError
        If a block is damaged, has other rows than its schedule, or stamps out of order.
    """
    budget = run.budget
    data = reduce_blocks(run.blocks())
    level = interval_level(budget)
    summary = summarise_blocks(data, run.info.experiment.cells, run.invalid_blocks, level)
    counted = data.without(summary.invalid_blocks)
    strip_data = data if counted.segments.empty else counted
    return Results(
        summary=summary,
        decisions=decisions(
            data.segments,
            (budget.delta_fraction if budget else None) or MIN_EFFECT_FRACTION,
            summary.invalid_blocks,
            budget.max_blocks if budget and budget.minutes is None else None,
        ),
        round_trips=round_trips(data.probes),
        strips=request_strips(single_latencies(strip_data), summary),
        effort=measure_effort(data.segments, run.records),
        moments=run_moments(counted.segments),
        break_evens=(
            break_evens(counted.segments, break_even_scenarios(), level)
            if is_loopback(run.info)
            else ()
        ),
    )


def interval_level(budget: Budget | None) -> float:
    """Return the level of a run's intervals: higher where their width chose how many blocks."""
    adaptive = budget is not None and budget.delta_fraction is not None
    return ADAPTIVE_QUANTILE if adaptive else LEVEL
