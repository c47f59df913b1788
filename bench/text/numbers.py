"""Numbers, intervals and foreign text as a reader sees them, everywhere the same.

Thousands have commas, a minus is U+2212, zero has no sign; what is missing is an empty string.
"""

import math
from collections.abc import Callable, Iterable, Sequence

from bench.stats.estimate import Estimate
from bench.units import PERCENT, ns_to_ms

TIMES = "\N{MULTIPLICATION SIGN}"
_MILLION = 1e6
_KIB = 1024
_KILO = 1000
_MINUTE_S = 60
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def number(value: float) -> str:
    """Return a value with about three digits: ``0.0123``, ``4.56``, ``78.9``, ``1,368``."""
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size >= 10 * _MILLION:
        return f"{plain(float(f'{value / _MILLION:.3g}'))}M"
    if size < 1:
        return _minus(f"{value:.3g}")
    digits = max(0, 3 - len(str(int(size))))
    return _minus(f"{value:,.{digits}f}")


def duration_words(seconds: float) -> str:
    """Return a duration in words: ``40 seconds``, ``6.4 minutes``."""
    if seconds < _MINUTE_S:
        return f"{number(seconds)} seconds"
    return f"{number(seconds / _MINUTE_S)} minutes"


def rate(mbps: float) -> str:
    """Return the rate of a link: ``100 Mbit/s``, ``1 Gbit/s``, ``2.5 Gbit/s``."""
    return f"{plain(mbps)} Mbit/s" if mbps < _KILO else f"{plain(mbps / _KILO)} Gbit/s"


def plain(value: float) -> str:
    """Return a round number of an axis without an exponent: ``0.05``, ``20``, ``1,000``."""
    if abs(value) >= 10 * _MILLION:
        return f"{value / _MILLION:,.0f}M"
    return _minus(f"{value + 0.0:,.12f}".rstrip("0").rstrip("."))


def percent(value: float) -> str:
    """Return the size of a percentage with one decimal, none from 100 on: ``3.2%``, ``162%``."""
    if math.isinf(value):
        return "∞%"
    size = abs(value)
    return f"{size:.1f}%" if round(size, 1) < PERCENT else f"{number(size)}%"


def signed_percent(value: float) -> str:
    """Return a percentage with its sign, none on zero: ``+3.2%``, ``−0.4%``, ``0.0%``."""
    text = percent(value)
    if text == "0.0%":
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def signed(value: float) -> str:
    """Return a difference with about three digits and its sign, none on zero: ``+5.21``."""
    text = number(abs(value))
    if text == "0":
        return text
    return f"{'+' if value > 0 else '−'}{text}"


def times(value: float) -> str:
    """Return a multiple: 1.82 and its sign."""
    return f"{number(value)}{TIMES}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 thread``, ``2 threads``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(texts: Iterable[object]) -> str:
    """Return a list in words: ``1``, ``1 and 2``, ``1, 2 and 4``."""
    *others, last = map(str, texts)
    return f"{', '.join(others)} and {last}" if others else last


def listed_threads(counts: Sequence[int]) -> str:
    """Return thread counts as a list in words: ``1 thread``, ``1, 2 and 4 threads``."""
    return counted(counts[0], "thread") if len(counts) == 1 else f"{listed(counts)} threads"


def significant(value: float, digits: int = 6) -> float:
    """Return a value rounded to ``digits`` significant digits."""
    return float(f"{value:.{digits}g}")


def finite(value: float | None) -> float | None:
    """Return a value for JSON, which has no infinity: six significant digits, or None."""
    return None if value is None or not math.isfinite(value) else significant(value)


def milliseconds(estimate: Estimate | None) -> str:
    """Return an estimate in nanoseconds as milliseconds of 3 significant digits: ``78.9``."""
    return "" if estimate is None else number(ns_to_ms(estimate.point))


def with_ends(point: str, low: str, high: str) -> str:
    """Return a figure with its interval, as it is written everywhere: ``5.4 (5.3 to 5.6)``.

    Parameters
    ----------
    point, low, high : str
        The figure and the ends of its interval, as they are written.
    """
    return f"{point} ({low} to {high})"


def value(estimate: Estimate | None) -> str:
    """Return an estimate's point with 3 significant digits."""
    return "" if estimate is None else number(estimate.point)


def loss(estimate: Estimate | None) -> str:
    """Return a loss in percent with its sign: ``+4.1%``; a zero has none."""
    return "" if estimate is None else signed_percent(estimate.point)


def interval(estimate: Estimate | None) -> str:
    """Return the ends of a loss's interval: ``+2.1 to +6.0``; empty where there is none."""
    return _ends(estimate, _bare_percent)


def number_ends(estimate: Estimate | None) -> str:
    """Return the ends of an interval of plain numbers: ``8.72 to 8.97``; empty without one."""
    return _ends(estimate, number)


def share(value: float) -> str:
    """Return a percentage with a sign only where it is negative: ``5.4%``, ``−0.1%``."""
    return signed_percent(value).removeprefix("+")


def share_ends(estimate: Estimate | None) -> str:
    """Return the ends of the interval of a percentage: ``5.3 to 5.6``; empty without one."""
    return _ends(estimate, lambda end: share(end).removesuffix("%"))


def millisecond_ends(estimate: Estimate | None) -> str:
    """Return the ends of an interval in nanoseconds in ms: ``6.39 to 6.69``; empty without one."""
    return _ends(estimate, lambda end_ns: number(ns_to_ms(end_ns)))


def loss_ends(low_percent: float, high_percent: float) -> str:
    """Return the ends of a loss's interval: ``+2.1 to +6.0``."""
    return f"{_bare_percent(low_percent)} to {_bare_percent(high_percent)}"


def exact(estimate: Estimate | None, unit: float = 1) -> str:
    """Return an estimate's point, in a unit, for programs: ``-0.41234``, ``Infinity``."""
    if estimate is None:
        return ""
    if math.isinf(estimate.point):
        return "Infinity" if estimate.point > 0 else "-Infinity"
    return f"{estimate.point / unit:.6g}"


def size(size_bytes: int) -> str:
    """Return a number of bytes for people: ``812 bytes``, ``27.5 KiB``."""
    if size_bytes < _KIB:
        return f"{size_bytes} {_UNITS[0]}"
    power = min(int(math.log2(size_bytes) // 10), len(_UNITS) - 1)
    amount = size_bytes / _KIB**power
    return (
        f"{amount:.0f} {_UNITS[power]}" if amount >= _KILO - 1 else f"{amount:.3g} {_UNITS[power]}"
    )


def plain_text(text: str, limit: int = 500) -> str:
    """Return foreign text as one line of printable characters, cut after ``limit``.

    The line may still hold tags and braces: the layout escapes every string that it prints.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def _ends(estimate: Estimate | None, form: Callable[[float], str]) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return f"{form(estimate.low)} to {form(estimate.high)}"


def _bare_percent(value: float) -> str:
    return signed_percent(value).removesuffix("%")


def _minus(text: str) -> str:
    return text.replace("-", "−")
