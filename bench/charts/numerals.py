"""Numbers as a reader sees them: thousands with commas, a true minus sign, never ``-0.0``."""

import math

from bench.units import PERCENT

TIMES = "\N{MULTIPLICATION SIGN}"
_MILLION = 1e6


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


def plain(value: float) -> str:
    """Return a round number of an axis without an exponent: ``0.05``, ``20``, ``1,000``."""
    if abs(value) >= 10 * _MILLION:
        return f"{value / _MILLION:,.0f}M"
    return _minus(f"{value:,.12f}".rstrip("0").rstrip("."))


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


def significant(value: float, digits: int = 6) -> float:
    """Return a value rounded to ``digits`` significant digits."""
    return float(f"{value:.{digits}g}")


def _minus(text: str) -> str:
    return text.replace("-", "−")
