"""Foreign weights: nothing in them is executed, and what they are not is said.

What else foreign weights may be is tried in ``tests/engine``, where torch is imported once for all.
"""

import os
import pickle
from pathlib import Path

from tests.cli.command import SMALL, check_refused, scalebench


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._folder),)


def test_foreign_weights_are_refused_and_not_executed(untouched: Path, tmp_path: Path) -> None:
    path, trap = tmp_path / "weights.pt", tmp_path / "executed"
    path.write_bytes(pickle.dumps({"fc.weight": Trap(trap)}))
    options = ("--model", "resnet18", "--weights", path, "--data", untouched / "data")
    words = ("is not a state dict of plain tensors", "nothing in it was executed")
    check_refused(scalebench("measure", *SMALL, *options), 4, f"--weights: {path}", *words)
    assert not trap.exists()
