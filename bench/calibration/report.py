"""The calibration report, ready for the site's page on the method and for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

from bench.calibration.hit_rate import HitRate
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
    results: Mapping[str, Sequence[HitRate]], facts: Mapping[str, str], *, quick: bool
) -> dict[str, Any]:
    """Return a report, ready for JSON.

    Parameters
    ----------
    results : mapping of str to sequence of HitRate
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
    everything = [hit_rate for hit_rates in results.values() for hit_rate in hit_rates]
    return {
        "passed": all(hit_rate.passed for hit_rate in everything),
        "quick": quick,
        "conclusion": _conclusion(everything),
        "facts": [list(pair) for pair in facts.items()],
        "groups": [_group(stage, hit_rates) for stage, hit_rates in results.items()],
    }


def _group(stage: str, hit_rates: Sequence[HitRate]) -> dict[str, Any]:
    return {
        "id": f"calibration-{stage.lower()}",
        "stage": stage,
        "title": STAGES[stage],
        "note": _NOTES[stage],
        "conclusion": _conclusion(hit_rates),
        "passed": all(hit_rate.passed for hit_rate in hit_rates),
        "rows": [_row(hit_rate) for hit_rate in hit_rates],
    }


def _conclusion(hit_rates: Sequence[HitRate]) -> str:
    proved = [hit_rate for hit_rate in hit_rates if hit_rate.proves]
    missed = sum(not hit_rate.passed for hit_rate in proved)
    if not missed:
        return f"All {counted(len(proved), 'experiment')} ended within their bands."
    return f"{missed} of {counted(len(proved), 'experiment')} ended outside their bands."


def _row(hit_rate: HitRate) -> dict[str, Any]:
    mark, word = _verdict(hit_rate)
    return {
        **hit_rate._asdict(),
        "counted": f"{hit_rate.hits:,} of {hit_rate.runs:,}",
        "rate": _rate(hit_rate.hits, hit_rate.runs),
        "band": _band(hit_rate),
        "passed": hit_rate.passed,
        "mark": mark,
        "word": word,
    }


def _verdict(hit_rate: HitRate) -> tuple[str, str]:
    if not hit_rate.proves:
        return "○", "too few"
    return ("✓", "within") if hit_rate.passed else ("✗", "missed")


def _band(hit_rate: HitRate) -> str:
    low, high = (_rate(count, hit_rate.runs) for count in (hit_rate.low, hit_rate.high))
    if not hit_rate.proves:
        return ""
    if hit_rate.low == hit_rate.runs:
        return "all"
    if hit_rate.high == hit_rate.runs:
        return f"at least {low}"
    return f"{low} to {high}" if hit_rate.low else f"at most {high}"


def _rate(count: int, runs: int) -> str:
    return percent(PERCENT * count / runs) if runs else ""
