"""What infers a batch, and the registry of what there is.

A new model is one more name in ``TORCHVISION_MODELS``; a new kind of engine is one more branch of
:func:`open_engine`. Both arms open the same engine; only the way a batch reaches it differs.
"""

from pathlib import Path
from typing import Protocol

from bench.errors import UsageError
from bench.host.allocator import allocator_environment
from bench.records import Facts
from bench.wire import Buffer

TORCHVISION_MODELS = ("resnet50", "resnet18")
STUB_PREFIX = "stub:"
CLASS_COUNT = 1000
DTYPE = "float32"
CHANNELS = 3


class Engine(Protocol):
    """A loaded model on its threads."""

    def facts(self) -> Facts:
        """Return what it is, read back from where it runs."""

    def prepare(self, payload: Buffer, shape: tuple[int, ...]) -> object:
        """Return ``payload`` as the engine's own tensor, without copying it."""

    def infer(self, batch: object) -> memoryview:
        """Return the logits, float32 [B, 1000], as bytes in C order."""


def check_model(name: str) -> str:
    """Return a model's name if there is such a model.

    Raises
    ------
    UsageError
        Naming it and what there is.
    """
    if name in TORCHVISION_MODELS:
        return name
    delay = name.removeprefix(STUB_PREFIX)
    if delay != name and delay.isascii() and delay.isdigit() and len(delay) <= len("60000"):
        return name
    raise UsageError(
        f"--model: {name!r} is not one of {', '.join(TORCHVISION_MODELS)} or stub:MS "
        "with whole milliseconds."
    )


def engine_environment(allocator: str, threads: int) -> dict[str, str]:
    """Return the variables that a process needs before it starts to open an engine."""
    return {**allocator_environment(allocator), "OMP_NUM_THREADS": str(threads)}


def open_engine(
    name: str, *, threads: int, shape: tuple[int, ...], weights: Path | None = None
) -> Engine:
    """Open a model in this process.

    Parameters
    ----------
    threads : int
        Intra-op threads; inter-op threads are 1. Both are set before the first operation.
    shape : tuple of int
        The largest batch, [B, 3, S, S]. A torchvision model is checked with one of its images,
        and makes itself at home in the memory that it will need for all.
    weights : Path, optional
        A state dict saved by ``torch.save``; without it the weights are drawn from a constant
        seed.

    Raises
    ------
    UsageError
        If there is no such model.
    HostError
        If the weights cannot be read or are not this model's, or memory is missing.
    """
    check_model(name)
    if name.startswith(STUB_PREFIX):
        from bench.model.stub import StubEngine  # noqa: PLC0415 - numpy only, no torch

        return StubEngine(delay_ms=int(name.removeprefix(STUB_PREFIX)), threads=threads)
    from bench.model.torch_engine import TorchEngine  # noqa: PLC0415 - torch takes seconds

    return TorchEngine(name, threads=threads, shape=shape, weights=weights)
