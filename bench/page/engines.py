"""The engines of both arms in words: how they compute, compile and answer."""

from collections.abc import Sequence
from statistics import median

from bench.config import ENGINE_WORDS
from bench.records import (
    COMPILE,
    CONTIGUOUS,
    CPU,
    AnswerComparison,
    Engines,
    EngineSpec,
    RestartRecord,
)
from bench.text import numbers
from bench.units import PERCENT, ns_to_s

Pair = list[str]


def engine_words(engine: EngineSpec) -> str:
    """Return how an engine computes, such as ``CPU, bfloat16, channels last, compiled``."""
    names = [name for name in ENGINE_WORDS if getattr(engine, name) != CONTIGUOUS]
    return ", ".join(_word(name, getattr(engine, name)) for name in names)


def brief_words(engines: Engines) -> str:
    """Return the words of engines that tell them from the default, or from each other.

    Empty for the default in both arms; ``bfloat16, compiled`` if both compute so; else what
    differs, local first: ``float32, eager against bfloat16, compiled``.
    """
    default = EngineSpec(model=engines.local.model)
    if not engines.unequal:
        return ", ".join(_words_unlike(engines.local, default))
    arms = (engines.local, engines.remote), (engines.remote, engines.local)
    return " against ".join(", ".join(_words_unlike(one, other)) for one, other in arms)


def _words_unlike(engine: EngineSpec, other: EngineSpec) -> list[str]:
    names = [name for name in ENGINE_WORDS if getattr(engine, name) != getattr(other, name)]
    return [_word(name, getattr(engine, name)) for name in names]


def arms_words(engines: Engines) -> str:
    """Return the engine of both arms, or of each: ``local CPU, ...; remote CUDA 0, ...``."""
    local, remote = engine_words(engines.local), engine_words(engines.remote)
    return f"local {local}; remote {remote}" if engines.unequal else local


def engine_pairs(engines: Engines) -> list[Pair]:
    """Return the engine of both arms, or that of each."""
    local, remote = engine_words(engines.local), engine_words(engines.remote)
    if not engines.unequal:
        return [["Engine", local]]
    return [["Local engine", local], ["Remote engine", remote]]


def engine_options(engines: Engines) -> dict[str, str]:
    """Return the options of ``measure`` for two engines, without those at their default."""
    local, remote = _typed(engines.local), _typed(engines.remote)
    options = {"engine": local} if local else {}
    if engines.unequal:
        options["remote-engine"] = remote or CPU
    return options


def threads_note(engines: Engines) -> str:
    """Return which arms a thread count is of, where one of them computes on a device."""
    arms = {"local": engines.local, "remote": engines.remote}
    on_cpu = [name for name, engine in arms.items() if engine.on_cpu]
    if len(on_cpu) == len(arms):
        return ""
    return f" (of the {on_cpu[0]} arm)" if on_cpu else " (no arm computes with them)"


def answer_words(answers: AnswerComparison) -> str:
    """Return by how much the remote answers deviate, and how many have the same top-1 answer."""
    same = PERCENT * answers.equal_top1_count / answers.images_count
    deviation = PERCENT * answers.max_deviation_fraction
    words = (
        f"the same top-1 answer for {numbers.number(same)}% of {answers.images_count:,} images; "
        f"logits deviate by up to {deviation:.2g}% of the largest"
    )
    if not answers.closest_count:
        return words
    closest = PERCENT * answers.closest_count / answers.images_count
    return f"{words}; {numbers.number(closest)}% are closest to the local answer of their image"


def compile_words(restarts: Sequence[RestartRecord]) -> str:
    """Return how long both arms compiled at their starts; empty if they did not."""
    times = {
        "local": [ns_to_s(restart.compile_ns) for restart in restarts if restart.compile_ns],
        "remote": [
            ns_to_s(restart.worker_compile_ns) for restart in restarts if restart.worker_compile_ns
        ],
    }
    parts = [
        f"{arm} {numbers.number(max(taken))} s at the slowest start, "
        f"{numbers.number(median(taken))} s in the median of {len(taken)}"
        for arm, taken in times.items()
        if taken
    ]
    return "; ".join(parts)


def emulation_notices(engines: Engines, restarts: Sequence[RestartRecord]) -> list[str]:
    """Return which arms compute in a precision that their CPU lacks instructions for."""
    sides = {
        "local": (engines.local, [restart.client for restart in restarts]),
        "remote": (engines.remote, [restart.worker for restart in restarts]),
    }
    return [
        f"The CPU of the {arm} arm has no instructions for {engine.precision} and emulates it; "
        "one that has them computes faster."
        for arm, (engine, facts) in sides.items()
        if any(each.get("emulated") is True for each in facts)
    ]


def _word(name: str, value: str) -> str:
    """Return a word of an engine as it is read: ``CUDA 0``, ``channels last``, ``compiled``."""
    if name == "device":
        return numbers.plain_text(value.replace(":", " ")).upper()
    text = "compiled" if value == COMPILE else value.replace("_", " ")
    return numbers.plain_text(text)


def _typed(engine: EngineSpec) -> str:
    """Return the words of an engine that are not at their default, as they are typed."""
    values = {name: getattr(engine, name) for name in ENGINE_WORDS}
    return ",".join(value for name, value in values.items() if value != ENGINE_WORDS[name][0])
