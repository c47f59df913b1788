"""The precisions that a model can compute in: how far answers may deviate, and what has them."""

import contextlib
from typing import NamedTuple

from bench.host.sources import cpuinfo
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
    for key in ("flags", "Features"):  # of x86, of ARM
        with contextlib.suppress(LookupError, OSError):
            return not set(needed) & set(cpuinfo(key).split())
    return None
