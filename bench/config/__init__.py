"""Flags become one frozen experiment and its budget; all defaults are here."""

from bench.config.engine_words import (
    ENGINE_WORDS,
    parse_engine,
)
from bench.config.experiment import (
    default_threads,
    make_experiment,
)
from bench.config.limits import (
    ALLOCATORS,
    BATCH_SIZES,
    CODEC,
    IMAGE_SIZE,
    IMAGE_SIZES,
    IN_FLIGHT,
    MAX_BATCH_SIZE,
    MAX_MINUTES,
    SEED,
    SMOKE_IMAGE_SIZE,
    THREAD_LADDER,
    TIMEOUT_S,
    TIMEOUTS,
)
from bench.config.parsing import (
    NAME_PATTERN,
    NAME_RULE,
    check_name,
    parse_address,
    parse_counts,
    weights_identity,
)
from bench.config.presets import (
    BUDGETS,
    PROBE_COUNT,
    SMOKE,
    make_budget,
    segment_lengths,
)

__all__ = [
    "ALLOCATORS",
    "BATCH_SIZES",
    "BUDGETS",
    "CODEC",
    "ENGINE_WORDS",
    "IMAGE_SIZE",
    "IMAGE_SIZES",
    "IN_FLIGHT",
    "MAX_BATCH_SIZE",
    "MAX_MINUTES",
    "NAME_PATTERN",
    "NAME_RULE",
    "PROBE_COUNT",
    "SEED",
    "SMOKE",
    "SMOKE_IMAGE_SIZE",
    "THREAD_LADDER",
    "TIMEOUTS",
    "TIMEOUT_S",
    "check_name",
    "default_threads",
    "make_budget",
    "make_experiment",
    "parse_address",
    "parse_counts",
    "parse_engine",
    "segment_lengths",
    "weights_identity",
]
