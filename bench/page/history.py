"""A machine's headline figures over time: the same cell in each of its runs."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.page.table import LossScale
from bench.stats.estimate import LEVEL, Estimate

# Each page shows its machine's history, so an unbounded one would make the build quadratic.
HISTORY_LENGTH = 24


def machine_history(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what each headline figure was in a machine's runs.

    Parameters
    ----------
    runs : sequence of mapping
        Listings of one machine and model with the ``run`` they are of, newest first.

    Returns
    -------
    dict
        ``zero``, where the plots have their zero line [percent of their width]; ``figures``, by
        key, each with the rows of the newest runs that have it; ``more_count``, how many older
        runs are left out.
    """
    measured = [run for run in runs if run.get("figures")]
    newest = measured[:HISTORY_LENGTH]
    # One scale for all figures: an interval twice as long is twice as wide.
    scale = LossScale([_estimate(figure) for run in newest for figure in run["figures"]])
    figures: dict[str, list[dict[str, Any]]] = {}
    for run in newest:
        for figure in run["figures"]:
            figures.setdefault(figure["key"], []).append(_row(run, figure, scale))
    return {
        "zero": scale.at(0.0),
        "figures": figures,
        "more_count": len(measured) - len(newest),
    }


def _row(run: Mapping[str, Any], figure: Mapping[str, Any], scale: LossScale) -> dict[str, Any]:
    words = {name: figure[name] for name in ("value", "interval", "verdict", "mark", "tone")}
    where = {name: run[name] for name in ("run", "date")}
    return {**where, **words, "plot": scale.plot(_estimate(figure))}


def _estimate(figure: Mapping[str, Any]) -> Estimate | None:
    if figure["loss_percent"] is None:
        return None
    return Estimate(
        point=figure["loss_percent"],
        low=figure["loss_low"],
        high=figure["loss_high"],
        level=LEVEL,
        n=figure["block_count"],
    )
