"""The request of a measurement, and the observer of its progress."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bench import config
from bench.engine.memory import memory_bytes
from bench.engine.spec import CHANNELS
from bench.errors import HostError, UsageError
from bench.host.limits import memory_available_bytes
from bench.measure.events import SegmentDone
from bench.records import Address, BlockRecord, Budget, Experiment
from bench.transport.security import ClientKeys

_GIB = 1 << 30


class Observer(Protocol):
    """Receives the progress of a run, between segments only."""

    def run_chosen(
        self, folder: Path, reason: str, done: Sequence[BlockRecord], budget: Budget
    ) -> None:
        """Receive the folder of the run, why it was chosen, its stored blocks, and its budget.

        Parameters
        ----------
        folder : Path
            The run's folder.
        reason : str
            Why this folder was chosen: a new run, or one that is continued.
        done : sequence of BlockRecord
            The records of the blocks that are stored already.
        budget : Budget
            When the run ends.
        """

    def segment_done(self, block: int, event: SegmentDone) -> None:
        """Receive that one arm of a cell is measured."""

    def block_dismissed(self, block: int, reasons: Sequence[str]) -> None:
        """Receive that a block is invalid, and why; another one is measured in its place."""

    def notice(self, text: str) -> None:
        """Receive a notice for the user."""


@dataclass(frozen=True)
class MeasureRequest:
    """The arguments of ``measure``; ``client`` is the name under which it asks a worker.

    Without the address of a ``worker`` one is started; ``keys`` are for that of an address. An
    ``anonymous`` run does not store the
    address. The module ``child`` is the program that measures.
    """

    experiment: Experiment
    budget: Budget
    data: Path
    worker: Address | None = None
    machine: str | None = None
    run: str | None = None
    new: bool = False
    comment: str = ""
    weights_path: Path | None = None
    input_path: Path | None = None
    anonymous: bool = False
    keys: ClientKeys | None = None
    child: str = "bench.measure.child"
    client: str = field(default_factory=lambda: secrets.token_hex(8))


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
    if request.new and request.run is not None:
        machines = [request.machine] if request.machine else sorted(_names(request.data))
        runs = [path for m in machines if (path := request.data / m / request.run).exists()]
        if runs:
            raise UsageError(
                f"--new: the run {runs[0]} is there already; give another --run, or leave --new "
                "out to continue it."
            )
    data = request.data
    if data.exists() and not data.is_dir():
        raise UsageError(f"--data: {data} is not a folder; name one for the runs.")
    parent = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    if not os.access(parent, os.W_OK):
        raise HostError(f"--data: {parent} cannot be written; name a folder that can.")


def check_memory(request: MeasureRequest) -> None:
    """Refuse a request that needs more memory than this machine or its control group has.

    Raises
    ------
    HostError
        With what is needed and what there is.
    """
    experiment = request.experiment
    side, processes = experiment.image_size, 1 + (request.worker is None)
    shape = (max(experiment.batch_sizes), CHANNELS, side, side)
    needed = processes * memory_bytes(experiment.model, shape)
    try:
        available = memory_available_bytes()
    except (LookupError, OSError):
        return
    if available < needed:
        raise HostError(
            f"{experiment.model} at batch {shape[0]} needs about {needed / _GIB:.1f} GiB of memory "
            f"here, and {available / _GIB:.1f} GiB are available; free memory, lift the limit of "
            "the container, or give smaller --batch-sizes."
        )


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []
