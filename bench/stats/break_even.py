"""From which batch size on remote would be faster, by link and by how much faster it computes."""

from collections.abc import Iterable
from typing import NamedTuple, cast

import pandas as pd

from bench.stats.estimate import LEVEL, MIN_OVERHEAD_BLOCKS
from bench.stats.intervals import mean_interval
from bench.stats.loss_scale import logs_of
from bench.stats.prediction import MEASURED, Scenario, predict_blocks, request_parts

_LINKS_MBPS = (10_000.0, 1000.0, 100.0)
_SPEEDUPS = (1.0, 2.0, 5.0, 10.0)


class BreakEven(NamedTuple):
    """The smallest batch size from which on remote is faster; None where there is none.

    ``threads`` are the most of the run.
    """

    scenario: Scenario
    threads: int
    batch_size: int | None


def break_even_scenarios(
    chosen: Scenario = MEASURED, *, over_links: bool = True
) -> tuple[Scenario, ...]:
    """Return the run's own link, then links from fast to slow, each with all speed-ups.

    Parameters
    ----------
    chosen : Scenario
        Its round trip and payload are those of all scenarios; its rate and its speed-up are among
        theirs.
    over_links : bool
        Whether there are other links than the run's own.
    """
    rates = {*_LINKS_MBPS, *filter(None, [chosen.rate_mbps])} if over_links else set()
    return tuple(
        chosen._replace(rate_mbps=rate, speedup=speedup)
        for rate in (None, *sorted(rates, reverse=True))
        for speedup in sorted({*_SPEEDUPS, chosen.speedup})
    )


def break_evens(
    values: pd.DataFrame, scenarios: Iterable[Scenario], level: float = LEVEL
) -> tuple[BreakEven, ...]:
    """Return from which batch size on remote is faster, at the most threads.

    It is faster where the interval of the latency loss lies below zero; it is the plain t interval
    of the log ratios, from 3 blocks on as that of an overhead. Empty with fewer blocks.

    Parameters
    ----------
    values : DataFrame
        As for :func:`bench.stats.prediction.predict_cells`.
    scenarios : iterable of Scenario
        One result for each.
    level : float
        Level of the intervals.
    """
    parts = request_parts(values)
    threads = parts.index.unique("threads").max()
    most = parts[parts.index.get_level_values("threads") == threads]
    if most.index.unique("block").size < MIN_OVERHEAD_BLOCKS:
        return ()
    return tuple(
        BreakEven(scenario, int(threads), _faster_from(predict_blocks(most, scenario), level))
        for scenario in scenarios
    )


def _faster_from(predicted: pd.DataFrame, level: float) -> int | None:
    """Return the least batch size from which on remote is faster in all cells of some threads."""
    ratios = (predicted.latency_ns / predicted.local_latency_ns).droplevel("threads")
    found = None
    for batch_size, of_blocks in reversed(list(ratios.unstack("batch_size").items())):
        interval = mean_interval(logs_of(of_blocks), level, fewest=MIN_OVERHEAD_BLOCKS)
        if interval is None or not interval[2] < 0:
            return found
        found = int(cast("int", batch_size))
    return found
