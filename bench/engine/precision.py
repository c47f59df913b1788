"""The precisions that a model can compute in: how far answers may deviate, and what has them."""

from typing import NamedTuple

from bench.host import sources
from bench.host.sources import read
from bench.records import FLOAT32


class Precision(NamedTuple):
    """By which fraction of the largest logit answers may deviate, and the CPU's flags for it.

    Without one of the flags, of x86 or ARM, a CPU emulates it; no flag is needed for none.
    """

    tolerance_fraction: float
    cpu_flags: tuple[str, ...]


PRECISIONS = {
    FLOAT32: Precision(1e-4, ()),
    "float16": Precision(0.05, ("avx512_fp16", "amx_fp16", "asimdhp")),
    "bfloat16": Precision(0.15, ("avx512_bf16", "amx_bf16", "bf16")),
}


def is_emulated(name: str) -> bool | None:
    """Return whether this CPU computes a precision by means of others; None if it is not known."""
    needed = PRECISIONS[name].cpu_flags
    if not needed:
        return False
    try:
        lines = read(sources.PROC / "cpuinfo").splitlines()
    except (LookupError, OSError):
        return None
    named = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
    flags = next(named, None)
    return None if flags is None else not set(needed) & set(flags.split())
