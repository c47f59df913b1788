"""One memory allocator for both arms, set before a process starts and checked inside it.

By default, glibc gives each large block back to the kernel and faults it in again at the next
request. An arm that runs under another allocator than its counterpart can differ by more than
half of its time, which would look like a cost of the remote arm. Both settings below are needed;
one without the other changes nothing.
"""

import ctypes
import os
import resource
import subprocess
import sys

from bench.errors import HostError

TUNED_ENVIRONMENT = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(4 << 30),
}

MAX_TUNED_FAULTS = 50
"""Most minor faults per image of a tuned process: with more, it does not reuse its memory."""

_LARGE_BLOCK_BYTES = 38 << 20
"""A request of 64 images: larger than what glibc reuses without these settings."""


_MADV_POPULATE_WRITE = 23
"""Of Linux: fault in all pages of a range, as if each were written to."""


class _Mallinfo2(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


def allocator_environment(allocator: str) -> dict[str, str]:
    """Return the variables that a process needs before it starts to run under ``allocator``."""
    return dict(TUNED_ENVIRONMENT) if allocator == "tuned" else {}


def mapped_block_count() -> int | None:
    """Return how many blocks malloc holds by mmap now; None where glibc 2.33 is not there.

    A tuned process has none (``mallinfo2().hblks``).
    """
    try:
        mallinfo2 = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return None
    mallinfo2.restype = _Mallinfo2
    return int(mallinfo2().hblks)


def tuned_fault_count() -> int | None:
    """Return the faults of a large block that a fresh, tuned process gets for the second time.

    About 10,000 where the settings do nothing, none where memory is reused; None where the
    allocator does not report it.
    """
    program = subprocess.run(
        [sys.executable, "-m", "bench.host.allocator"],
        env={**os.environ, **TUNED_ENVIRONMENT},
        check=True,
        capture_output=True,
        text=True,
    )
    return None if mapped_block_count() is None else int(program.stdout)


def minor_fault_count() -> int:
    """Return the minor page faults of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def claim_memory(byte_count: int) -> None:
    """Fault in as much memory as the process is going to need, where the allocator keeps it.

    A heap grows with the first large requests of its process, and the time that the kernel takes
    for its pages is measured as computing: up to a tenth of a batch of 64, and also after the
    warm-up. It affects the arm with a process of its own more than the arms that share one.
    An allocator that is not tuned would give the memory back at once, so then nothing is done.

    Raises
    ------
    HostError
        If there is too little memory.
    """
    if not TUNED_ENVIRONMENT.items() <= os.environ.items():
        return
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    block = libc.malloc(byte_count)
    if block is None:
        raise HostError(
            f"there is no room for {byte_count / 1e6:,.0f} MB, which the largest batch needs; "
            "choose smaller ones with --batch-sizes, or end what else uses memory."
        )
    page = resource.getpagesize()
    first = -(-block // page) * page
    if libc.madvise(first, block + byte_count - first, _MADV_POPULATE_WRITE) != 0:
        ctypes.memset(block, 0, byte_count)  # a kernel before 5.14: takes twice as long
    libc.free(block)


def _second_block_faults() -> int:
    for _ in range(2):
        faults = minor_fault_count()
        claim_memory(_LARGE_BLOCK_BYTES)
    return minor_fault_count() - faults


if __name__ == "__main__":
    sys.stdout.write(str(_second_block_faults()))
