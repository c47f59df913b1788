"""Opens what infers a batch, by its name.

A new kind of engine is one more branch of :func:`open_engine`. Both arms open the same engine; only
the way a batch reaches it differs.
"""

from pathlib import Path

from bench.engine.spec import STUB_PREFIX, Engine, check_model
from bench.host.allocator import allocator_environment


def engine_environment(allocator: str, threads: int) -> dict[str, str]:
    """Return the variables that a process needs before it starts to open an engine."""
    return {**allocator_environment(allocator), "OMP_NUM_THREADS": str(threads)}


def import_engine(name: str) -> None:
    """Import what a model computes with; with torch this takes seconds, on any core."""
    if not name.startswith(STUB_PREFIX):
        import bench.engine.torch_engine  # noqa: F401, PLC0415 - see above


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
        from bench.engine.stub import StubEngine  # noqa: PLC0415 - numpy only, no torch

        return StubEngine(delay_ms=int(name.removeprefix(STUB_PREFIX)), threads=threads)
    from bench.engine.torch_engine import TorchEngine  # noqa: PLC0415 - torch takes seconds

    return TorchEngine(name, threads=threads, shape=shape, weights=weights)
