"""Presets: how long a run is, and how many requests its segments have."""

import msgspec

from bench.config.limits import MAX_MINUTES
from bench.errors import UsageError
from bench.records import (
    MIN_EFFECT_FRACTION,
    Budget,
    CellLengths,
    SegmentLength,
)

SMOKE = "smoke"
"""The preset that proves that all works, and measures nothing."""
BUDGETS = {
    SMOKE: Budget(preset=SMOKE, max_blocks=1),
    "quick": Budget(preset="quick", max_blocks=3),
    "standard": Budget(preset="standard", max_blocks=12),
    "full": Budget(preset="full", max_blocks=40, delta_fraction=MIN_EFFECT_FRACTION),
}

PROBE_COUNT = 2


def _lengths(
    warmup: int, local: int, burst: int, remote: int, probe: int = PROBE_COUNT
) -> CellLengths:
    return CellLengths(
        local=SegmentLength(warmup_count=warmup, latency_count=local),
        remote=SegmentLength(burst_count=burst, latency_count=remote, probe_count=probe),
    )


# Fixed in advance by batch size: lengths that depend on measured times would bias the results.
# Only the first request of a shape in a process is cold. The larger a batch, the longer a request,
# so the fewer fit into a block; never two, because their median is a mean.
_LENGTHS = {
    1: _lengths(warmup=1, local=5, burst=7, remote=7),
    2: _lengths(warmup=1, local=3, burst=5, remote=5),
    4: _lengths(warmup=1, local=3, burst=3, remote=3),
    8: _lengths(warmup=1, local=1, burst=3, remote=3),
}
_SMOKE_LENGTHS = _lengths(warmup=1, local=1, burst=3, remote=1, probe=1)


def segment_lengths(batch_size: int, *, smoke: bool) -> CellLengths:
    """Return the fixed lengths of segments: those of the next smaller tabled batch size."""
    if smoke:
        return _SMOKE_LENGTHS
    return _LENGTHS[max(size for size in _LENGTHS if size <= batch_size)]


def make_budget(preset: str, minutes: float | None = None) -> Budget:
    """Return the budget of a preset; ``minutes`` replace its number of blocks.

    Raises
    ------
    UsageError
        If there is no such preset, or no time.
    """
    if preset not in BUDGETS:
        raise UsageError(f"--preset: {preset!r} is not one of {', '.join(BUDGETS)}.")
    if minutes is None:
        return BUDGETS[preset]
    if not 0 < minutes <= MAX_MINUTES:
        raise UsageError(
            f"--minutes: {minutes:g} is not above 0 and at most {MAX_MINUTES}; give the time to "
            "measure in minutes."
        )
    return msgspec.structs.replace(BUDGETS[preset], max_blocks=1, minutes=minutes)
