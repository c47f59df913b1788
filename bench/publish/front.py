"""Data of the front page: the answer of all runs, a plot of it, and the order of the runs."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from bench.publish.listing import STUDIES, TESTS
from bench.publish.sent import sent_groups
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
        ``answer``, a sentence about the model and engine with the most places, and ``more``, one
        about each other; ``places``, the newest answer for each model, engine and place of
        the worker, with its overheads and where they lie in a plot; ``ticks`` of the plot;
        ``sent``, runs that differ in what is sent; ``groups``, the headings of the list of runs.
    """
    newest: dict[tuple[str, str, str], Run] = {}
    for run in runs:
        default = (run.get("sent") or {"default": True})["default"]
        if default and run.get("place") and run.get("overheads") and run["group"] != TESTS:
            newest.setdefault((*_subject(run), run["place"]["name"]), run)
    run_counts = Counter(_subject(run) for run in newest.values())
    newest_runs = sorted(
        newest.values(), key=lambda run: (-run_counts[_subject(run)], *_order(run))
    )
    answer, more = _answers(newest_runs)
    scale = _Scale([o for run in newest_runs for o in run["overheads"]])
    return {
        "answer": answer,
        "more": more,
        "places": [_place(run, scale) for run in newest_runs],
        "ticks": list(scale.ticks()) if newest_runs else [],
        "sent": sent_groups([run for run in runs if run.get("group") != TESTS]),
        "groups": _groups(runs),
    }


def _subject(run: Run) -> tuple[str, str]:
    """Return what computed in a run: its model and its engines."""
    return run["title"], run.get("engines", "")


def _order(run: Run) -> tuple[str, str, float, str]:
    return *_subject(run), float(run["place"]["order"]), str(run["place"]["name"])


def _groups(runs: Sequence[Run]) -> list[str]:
    names = dict.fromkeys(run.get("group", OTHERS) for run in runs)
    return [
        *(name for name in names if name not in _LAST),
        *(name for name in _LAST if name in names),
    ]


def _answers(newest_runs: Sequence[Run]) -> tuple[str, list[str]]:
    """Return what remote adds at each place: a sentence for each model and each engine.

    The first one stands alone. Where the engines of the arms differ, a sentence says how many
    times as fast remote is.
    """
    sentences = []
    for (title, engines), group in groupby(newest_runs, key=_subject):
        group_runs = list(group)
        if own := next((run["sentence"] for run in group_runs if run.get("sentence")), ""):
            sentences.append(f"{title}: {own}")
            continue
        parts = []
        for run in group_runs:
            overheads: list[Run] = run["overheads"]
            ends = overheads[:1] + overheads[1:][-1:]
            words = " and ".join(f"{each['value']} at batch {each['batch']}" for each in ends)
            parts.append(f"{run['place']['phrase']} {words}")
        begin = (
            f"{title} ({engines}): a remote worker adds "
            if sentences
            else f"A remote worker adds to the local latency of {title}: "
        )
        sentences.append(f"{begin}{'; '.join(parts)}.")
    return "".join(sentences[:1]), sentences[1:]


def _place(run: Run, scale: "_Scale") -> dict[str, Any]:
    names = ("heading", "title", "engines", "prefix", "machine", "run", "date", "size")
    overheads = [{**overhead, **scale.plot(overhead)} for overhead in run["overheads"]]
    return {
        **{name: run[name] for name in names if name in run},
        **run["place"],
        "overheads": overheads,
    }


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
