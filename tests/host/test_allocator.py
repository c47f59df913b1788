"""The tuned allocator keeps its memory: proved in a process that starts under it."""

import json
import os
import subprocess
import sys

import pytest

from bench.errors import HostError
from bench.host.allocator import (
    MAX_TUNED_FAULTS,
    TUNED_ENVIRONMENT,
    allocator_environment,
    claim_memory,
    mapped_block_count,
)

needs_glibc = pytest.mark.skipif(
    mapped_block_count() is None, reason="this C library has no mallinfo2"
)
PROGRAM = """
import json
from bench.host.allocator import mapped_block_count, minor_fault_count
kept = bytearray(48 << 20)
mapped = mapped_block_count()
del kept
bytearray(48 << 20)  # memory is now in hand, if it was kept
before = minor_fault_count()
for _ in range(5):
    bytearray(48 << 20)
print(json.dumps([mapped, (minor_fault_count() - before) / 5]))
"""


def large_blocks_under(allocator: str) -> tuple[int, float]:
    """Return blocks mapped while a large one is held, and minor faults for each large one."""
    clean = {k: v for k, v in os.environ.items() if k not in (*TUNED_ENVIRONMENT, "LD_PRELOAD")}
    output = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**clean, **allocator_environment(allocator)},
        stdout=subprocess.PIPE,
        check=True,
    )
    mapped, faults = json.loads(output.stdout)
    return mapped, faults


@needs_glibc
def test_a_tuned_process_maps_no_block_and_reuses_its_memory() -> None:
    mapped, faults = large_blocks_under("tuned")
    assert mapped == 0
    assert faults <= MAX_TUNED_FAULTS


@needs_glibc
def test_a_process_as_it_comes_maps_large_blocks_so_the_proof_can_fail() -> None:
    mapped, faults = large_blocks_under("system")
    assert mapped >= 1
    assert faults > MAX_TUNED_FAULTS


def test_the_system_allocator_needs_no_variables() -> None:
    assert allocator_environment("system") == {}
    assert allocator_environment("tuned") == TUNED_ENVIRONMENT


def test_the_environment_handed_out_is_a_copy() -> None:
    allocator_environment("tuned").clear()
    assert allocator_environment("tuned") == TUNED_ENVIRONMENT


def test_memory_that_is_not_there_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in TUNED_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(HostError, match=r"no room for 1,000,000,000,000 MB.*--batch-sizes"):
        claim_memory(10**18)


def test_nothing_is_claimed_from_an_allocator_that_would_give_it_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MALLOC_MMAP_MAX_", raising=False)
    claim_memory(10**18)
