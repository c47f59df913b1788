"""What a measurement was asked for, and who is told how it goes."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench import config
from bench.errors import HostError, UsageError
from bench.measure.events import SegmentDone
from bench.records import BlockRecord, Budget, Experiment


class Observer(Protocol):
    """Is told how a run goes on, between segments only."""

    def run_chosen(
        self, folder: Path, reason: str, done: Sequence[BlockRecord], budget: Budget
    ) -> None:
        """Hear which folder is measured into, why, what is there already, and until when."""

    def segment_done(self, block: int, event: SegmentDone) -> None:
        """Hear that one arm of a cell is measured."""

    def block_dismissed(self, block: int, reasons: Sequence[str]) -> None:
        """Hear that outside evidence speaks against a block; another one is measured for it."""

    def notice(self, text: str) -> None:
        """Hear something that a reader should know."""


@dataclass(frozen=True)
class MeasureRequest:
    """What ``measure`` was asked for."""

    experiment: Experiment
    budget: Budget
    data: Path
    machine: str | None = None
    run: str | None = None
    new: bool = False
    comment: str = ""
    weights_path: Path | None = None


def check_request(request: MeasureRequest) -> None:
    """Refuse names and folders that cannot be used, before anything is started.

    Raises
    ------
    UsageError
        Naming the flag and its value.
    HostError
        If the data folder cannot be written.
    """
    for flag, name in (("--machine", request.machine), ("--run", request.run)):
        if name is not None:
            config.check_name(name, flag)
    data = request.data
    if data.exists() and not data.is_dir():
        raise UsageError(f"--data: {data} is not a folder; name one for the runs.")
    parent = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    if not os.access(parent, os.W_OK):
        raise HostError(f"--data: {parent} cannot be written; name a folder that can.")
