"""Constants and conversions between units; a name ends in the unit of its value."""

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
PERCENT = 100.0


def ns_to_ms(value_ns: float) -> float:
    """Return nanoseconds as milliseconds."""
    return value_ns / NS_PER_MS


def ns_to_s(value_ns: float) -> float:
    """Return nanoseconds as seconds."""
    return value_ns / NS_PER_S
