"""The calibration report, ready for the site's page on the method and for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.calibration.outcome import Outcome
from bench.text.numbers import counted, percent
from bench.units import PERCENT

STAGES = {
    "V0": "The formulas",
    "V1": "The whole tool in virtual time",
    "V2": "Real sockets and processes",
}
_NOTES = {
    "V0": "Each kind of interval, on made-up blocks whose truth is known, of machines that drift, "
    "jump or remember. A percentile that the data cannot carry is not printed; where that is so, "
    "too few runs are left to prove anything.",
    "V1": "The real schedule, timed loop, wire format, rows and statistics measure a made-up "
    "machine whose clock only its work moves; the worker has the clock of another host.",
    "V2": "A real worker process behind a TCP socket computes for times that were drawn "
    "beforehand. Then it, or a proxy in front of it, loses 5 ms at one place; and in the end its "
    "clock is wrong.",
}
"""What is real and what is simulated in each stage."""


def calibration_data(
    results: Mapping[str, Sequence[Outcome]], facts: Mapping[str, str], *, quick: bool
) -> dict[str, Any]:
    """Return a report, ready for JSON.

    Parameters
    ----------
    results : mapping of str to sequence of Outcome
        By stage, a key of ``STAGES``.
    facts : mapping of str to str
        Date, machine and code of the proof, by the names on the page.
    quick : bool
        Whether it has too few runs for the bands of a full one.

    Returns
    -------
    dict
        ``passed``, ``quick``, ``conclusion``, ``facts``, and ``groups`` with their
        ``rows``: counts as numbers, all else as strings.
    """
    everything = [outcome for outcomes in results.values() for outcome in outcomes]
    return {
        "passed": all(outcome.passed for outcome in everything),
        "quick": quick,
        "conclusion": _conclusion(everything),
        "facts": [list(pair) for pair in facts.items()],
        "groups": [_group(stage, outcomes) for stage, outcomes in results.items()],
    }


def _group(stage: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "id": f"calibration-{stage.lower()}",
        "stage": stage,
        "title": STAGES[stage],
        "note": _NOTES[stage],
        "conclusion": _conclusion(outcomes),
        "passed": all(outcome.passed for outcome in outcomes),
        "rows": [_row(outcome) for outcome in outcomes],
    }


def _conclusion(outcomes: Sequence[Outcome]) -> str:
    proved = [outcome for outcome in outcomes if outcome.proves]
    missed = sum(not outcome.passed for outcome in proved)
    if not missed:
        return f"All {counted(len(proved), 'experiment')} ended within their bands."
    return f"{missed} of {counted(len(proved), 'experiment')} ended outside their bands."


def _row(outcome: Outcome) -> dict[str, Any]:
    mark, word = _verdict(outcome)
    return {
        **outcome._asdict(),
        "counted": f"{outcome.hits:,} of {outcome.runs:,}",
        "rate": _rate(outcome.hits, outcome.runs),
        "band": _band(outcome),
        "passed": outcome.passed,
        "mark": mark,
        "word": word,
    }


def _verdict(outcome: Outcome) -> tuple[str, str]:
    if not outcome.proves:
        return "○", "too few"
    return ("✓", "within") if outcome.passed else ("✗", "missed")


def _band(outcome: Outcome) -> str:
    low, high = (_rate(count, outcome.runs) for count in (outcome.low, outcome.high))
    if not outcome.proves:
        return ""
    if outcome.low == outcome.runs:
        return "all"
    if outcome.high == outcome.runs:
        return f"at least {low}"
    return f"{low} to {high}" if outcome.low else f"at most {high}"


def _rate(count: int, runs: int) -> str:
    return percent(PERCENT * count / runs) if runs else ""
