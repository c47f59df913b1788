"""Which facts of a host matter for speed, as texts that can be compared between runs."""

from bench.records import Facts, changed

_NAMES = {
    "cpu_model": "processor",
    "cpu_caches": "caches",
    "physical_cores_count": "physical cores",
    "smt": "simultaneous multithreading",
    "numa_nodes": "NUMA nodes",
    "governor": "frequency governor",
    "boost": "boost",
    "hypervisor": "hypervisor",
    "huge_pages": "huge pages",
    "kernel": "kernel",
    "clock_source": "clock source",
    "libc": "C library",
}
_VECTOR_FLAGS = ("sse4", "avx", "fma", "f16c", "amx", "asimd", "sve", "bf16")
_GIB = 1024**3


def speed_facts(facts: Facts) -> dict[str, str]:
    """Return the facts of a host that matter for speed, by name; missing facts are left out.

    Memory is rounded to GiB and of the processor's flags only its vector instructions count, so
    that two boots of one machine are alike.
    """
    values = {name: facts.get(key) for key, name in _NAMES.items()}
    if facts.get("memory_bytes"):
        values["memory"] = f"{round(facts['memory_bytes'] / _GIB)} GiB"
    if facts.get("cpu_flags"):
        flags = str(facts["cpu_flags"]).split()
        values["vector instructions"] = [f for f in flags if f.startswith(_VECTOR_FLAGS)]
    values |= facts.get("packages") or {}
    values |= facts.get("environment") or {}
    return {name: _text(value) for name, value in values.items() if value not in (None, "", [])}


def speed_differences(before: Facts, after: Facts) -> list[str]:
    """Return the differences between two hosts that matter for speed, one line each."""
    return [
        f"{name}: {_changed(old or 'unknown', new or 'unknown')}"
        for name, (old, new) in changed(speed_facts(before), speed_facts(after)).items()
    ]


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _changed(before: str, after: str) -> str:
    """Return a change; of two lists only the words that the other one lacks."""
    old, new = before.split(), after.split()
    missing_words = [word for word in old if word not in new]
    added_words = [word for word in new if word not in old]
    if len(missing_words) < len(old) and len(added_words) < len(new):
        return ", ".join(
            f"{label} {' '.join(words)}"
            for label, words in (("B lacks", missing_words), ("B has also", added_words))
            if words
        )
    return f"{after} in B, {before} in A"
