"""Which facts of a host matter for speed, in words that can be compared from run to run."""

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
    """Return what of a host matters for speed, by name; what is not known is left out.

    Memory is rounded to GiB and of the processor's flags only its vector instructions count, so
    that two boots of one machine are alike.
    """
    found = {name: facts.get(key) for key, name in _NAMES.items()}
    if facts.get("memory_bytes"):
        found["memory"] = f"{round(facts['memory_bytes'] / _GIB)} GiB"
    if facts.get("cpu_flags"):
        flags = str(facts["cpu_flags"]).split()
        found["vector instructions"] = [f for f in flags if f.startswith(_VECTOR_FLAGS)]
    found |= facts.get("packages") or {}
    found |= facts.get("environment") or {}
    return {name: _text(value) for name, value in found.items() if value not in (None, "", [])}


def speed_differences(before: Facts, after: Facts) -> list[str]:
    """Return in what the hosts of two runs differ that matters for speed, one line each."""
    return [
        f"{name}: {_changed(old or 'unknown', new or 'unknown')}"
        for name, (old, new) in changed(speed_facts(before), speed_facts(after)).items()
    ]


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _changed(before: str, after: str) -> str:
    """Return a change; of two long lists only what one of them has alone."""
    old, new = before.split(), after.split()
    gone, come = [w for w in old if w not in new], [w for w in new if w not in old]
    if len(gone) < len(old) and len(come) < len(new):
        return ", ".join(
            f"{words} {' '.join(each)}"
            for words, each in (("B lacks", gone), ("B has also", come))
            if each
        )
    return f"{after} in B, {before} in A"
