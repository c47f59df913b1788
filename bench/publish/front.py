"""Data of the front page: the answer of all runs, a plot of it, and the order of the runs."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from bench.publish.listing import STUDIES, TESTS
from bench.text.numbers import plain

Run = dict[str, Any]
OTHERS = "Other runs"
"""The group of a run whose page is of an earlier version."""
_LAST = (OTHERS, STUDIES, TESTS)
_MIN_PERCENT = 0.01
_MAX_TICKS = 6


def front_data(runs: Sequence[Run]) -> dict[str, Any]:
    """Return what the front page shows.

    Parameters
    ----------
    runs : sequence of Run
        The :func:`bench.publish.listing.listing` of each run, the newest first.

    Returns
    -------
    dict
        ``answer``, a sentence; ``places``, the newest answer for each place of the worker, with
        its overheads and where they lie in a plot; ``ticks`` of the plot; ``groups``, the headings
        of the list of runs, in order.
    """
    run_by_place: dict[str, Run] = {}
    for run in runs:
        if run.get("place") and run.get("overheads") and run["group"] != TESTS:
            run_by_place.setdefault(run["place"]["name"], run)
    newest_runs = sorted(run_by_place.values(), key=_order)
    scale = _Scale([o for run in newest_runs for o in run["overheads"]])
    return {
        "answer": _answer(newest_runs),
        "places": [_place(run, scale) for run in newest_runs],
        "ticks": list(scale.ticks()) if newest_runs else [],
        "groups": _groups(runs),
    }


def _order(run: Run) -> tuple[float, str]:
    return float(run["place"]["order"]), str(run["place"]["name"])


def _groups(runs: Sequence[Run]) -> list[str]:
    group_names = {run.get("group", OTHERS) for run in runs}
    placed = sorted((run for run in runs if run.get("place")), key=_order)
    names = dict.fromkeys(run["group"] for run in placed if run["group"] not in _LAST)
    return [*names, *(name for name in _LAST if name in group_names)]


def _answer(newest_runs: Sequence[Run]) -> str:
    """Return what remote adds at each place, as one sentence."""
    parts = []
    for run in newest_runs:
        overheads: list[Run] = run["overheads"]
        ends = overheads[:1] + overheads[1:][-1:]
        overhead_words = " and ".join(f"{each['value']} at batch {each['batch']}" for each in ends)
        parts.append(f"{run['place']['phrase']} {overhead_words}")
    if not parts:
        return ""
    return f"A remote worker adds to the local latency: {'; '.join(parts)}."


def _place(run: Run, scale: "_Scale") -> dict[str, Any]:
    names = ("heading", "prefix", "machine", "run", "date", "size")
    overheads = [{**overhead, **scale.plot(overhead)} for overhead in run["overheads"]]
    return {**{name: run[name] for name in names}, **run["place"], "overheads": overheads}


class _Scale:
    """A logarithmic scale of percentages for all overheads and wire times of the plot."""

    def __init__(self, overheads: Sequence[dict[str, Any]]) -> None:
        values = [o[name] for o in overheads for name in ("low", "percent", "high", "wire_percent")]
        known = [value for value in values if value is not None and value >= _MIN_PERCENT] or [1.0]
        self._low, self._high = math.log10(min(known)) - 0.1, math.log10(max(known)) + 0.25

    def at(self, percent: float) -> str:
        """Return where a percentage lies, in percent of the plot's width; 0 if below the scale."""
        log = math.log10(max(percent, _MIN_PERCENT))
        return f"{max(0.0, 100 * (log - self._low) / (self._high - self._low)):.1f}"

    def ticks(self) -> Iterator[dict[str, str]]:
        """Yield round percentages on the scale: powers of ten, and 2 and 5 times them if few."""
        powers = [10.0**power for power in range(-2, 5)]
        for factors in ((1, 2, 5), (1,)):
            ticks = [round(f * p, 2) for p in powers for f in factors if self._shows(f * p)]
            if len(ticks) <= _MAX_TICKS:
                break
        yield from ({"at": self.at(tick), "label": f"{plain(tick)}%"} for tick in ticks)

    def _shows(self, percent: float) -> bool:
        return self._low <= math.log10(percent) <= self._high

    def plot(self, overhead: dict[str, Any]) -> dict[str, str]:
        """Return where point, interval and wire time of an overhead lie."""
        left, right = self.at(overhead["low"]), self.at(overhead["high"])
        wire = overhead["wire_percent"]
        return {
            "at": self.at(overhead["percent"]),
            "left": left,
            "width": f"{float(right) - float(left):.1f}",
            "wire_at": "" if wire is None else self.at(wire),
        }
