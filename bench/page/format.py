"""Numbers and foreign text as the page shows them; what is missing is an empty string."""

import math

from bench.charts.numerals import number, signed_percent
from bench.stats.estimate import Estimate
from bench.units import ns_to_ms

_KIB = 1024
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def milliseconds(estimate: Estimate | None) -> str:
    """Return an estimate in nanoseconds as milliseconds of 3 significant digits: ``78.9``."""
    return "" if estimate is None else number(ns_to_ms(estimate.point))


def value(estimate: Estimate | None) -> str:
    """Return an estimate's point with 3 significant digits."""
    return "" if estimate is None else number(estimate.point)


def loss(estimate: Estimate | None) -> str:
    """Return a loss in percent with its sign: ``+4.1%``; a zero has none."""
    return "" if estimate is None else signed_percent(estimate.point)


def interval(estimate: Estimate | None) -> str:
    """Return the ends of a loss's interval: ``+2.1 to +6.0``; empty where there is none."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return loss_ends(estimate.low, estimate.high)


def loss_ends(low_percent: float, high_percent: float) -> str:
    """Return the ends of a loss's interval: ``+2.1 to +6.0``."""
    low, high = (signed_percent(end).removesuffix("%") for end in (low_percent, high_percent))
    return f"{low} to {high}"


def exact(estimate: Estimate | None, unit: float = 1) -> str:
    """Return an estimate's point, in a unit, for programs: ``-0.41234``, ``Infinity``."""
    if estimate is None:
        return ""
    if math.isinf(estimate.point):
        return "Infinity" if estimate.point > 0 else "-Infinity"
    return f"{estimate.point / unit:.6g}"


def size(size_bytes: int) -> str:
    """Return a number of bytes for people: ``812 bytes``, ``27.5 KiB``."""
    power = 0 if size_bytes < _KIB else int(math.log2(size_bytes) // 10)
    power = min(power, len(_UNITS) - 1)
    amount = f"{size_bytes / _KIB**power:.3g}" if power else str(size_bytes)
    # 1023.9 KiB would read "1.02e+03": it is one of the next unit.
    if "e" in amount:
        amount, power = "1", power + 1
    return f"{amount} {_UNITS[power]}"


def plain_text(text: str, limit: int = 500) -> str:
    """Return foreign text as one line of printable characters, cut after ``limit``.

    What is left may still hold tags and braces: the layout escapes every string that it prints.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"
