"""A kill in a segment and one while a block is written; ``make chaos`` makes many more."""

from pathlib import Path

import pytest

from tests.chaos.kills import SEGMENT, WRITE, Chaos

pytest.importorskip("psutil")


def test_what_is_killed_goes_on_with_every_complete_block(tmp_path: Path) -> None:
    if not Path("/proc/self/environ").exists():
        pytest.skip("processes are found by /proc")
    chaos = Chaos(tmp_path, seed=1, pages=False)
    for phase in (SEGMENT, WRITE):
        chaos.kill_once(phase)
    chaos.complete_run()
    assert sum(chaos.kills.values()) == 2
