"""Foreign weights: nothing in them is executed, and what they are not is said."""

import os
import pickle
from pathlib import Path

import pytest

from tests.cli.command import SMALL, check_refused, scalebench


class Trap:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._folder),)


def write_text(path: Path, _trap: Path) -> None:
    path.write_text("These are no weights.\n")


def write_trap(path: Path, trap: Path) -> None:
    path.write_bytes(pickle.dumps({"fc.weight": Trap(trap)}))


def write_other_model(path: Path, _trap: Path) -> None:
    import torch

    torch.save({"other.weight": torch.zeros(3)}, path)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (write_text, ["is not a state dict of plain tensors", "torch.save"]),
        (write_trap, ["is not a state dict of plain tensors", "nothing in it was executed"]),
        (write_other_model, ["is of another model", "bn1.bias", "belong together"]),
    ],
)
def test_foreign_weights_are_refused_and_not_executed(
    untouched: Path, tmp_path: Path, write: object, words: list[str]
) -> None:
    path, trap = tmp_path / "weights.pt", tmp_path / "executed"
    assert callable(write)
    write(path, trap)
    options = ("--model", "resnet18", "--weights", path, "--data", untouched / "data")
    check_refused(scalebench("measure", *SMALL, *options), 4, f"--weights: {path}", *words)
    assert not trap.exists()
