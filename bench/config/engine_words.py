"""The words of an engine, and how they are read."""

import re

from bench.errors import UsageError
from bench.records import (
    COMPILE,
    CONTIGUOUS,
    CPU,
    EAGER,
    FLOAT32,
    EngineSpec,
)

ENGINE_WORDS = {
    "device": (CPU, "cuda", "mps"),
    "precision": (FLOAT32, "bfloat16", "float16"),
    "memory_format": (CONTIGUOUS, "channels_last"),
    "mode": (EAGER, COMPILE),
}
"""The words of an engine by what they choose; the first one is the default. A device of CUDA may be
followed by its number, as in ``cuda:1``."""
_NUMBERED_DEVICE = re.compile(r"cuda:[0-9]{1,2}")


def parse_engine(text: str, flag: str, model: str, weights: str) -> EngineSpec:
    """Return the engine that a comma-separated list of words describes, in any order.

    Parameters
    ----------
    text : str
        Such as ``cpu,bfloat16,channels_last``; what it does not name is at its default.
    flag : str
        The flag that it was given by, for the error.
    model : str
        The name of the model.
    weights : str
        What identifies the weights.

    Raises
    ------
    UsageError
        Naming the flag, the word, and the words that there are.
    """
    chosen: dict[str, str] = {}
    for word in filter(None, (each.strip() for each in text.split(","))):
        field = _engine_field(word)
        if field is None:
            known = "; ".join(" or ".join(words) for words in ENGINE_WORDS.values())
            raise UsageError(f"{flag}: '{word}' in '{text}' is no word of an engine; {known}.")
        if field in chosen:
            raise UsageError(
                f"{flag}: '{chosen[field]}' and '{word}' exclude each other; give one."
            )
        chosen[field] = word
    return EngineSpec(model=model, weights=weights, **chosen)


def _engine_field(word: str) -> str | None:
    if _NUMBERED_DEVICE.fullmatch(word):
        return "device"
    return next((field for field, words in ENGINE_WORDS.items() if word in words), None)
