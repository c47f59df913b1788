"""Opens an engine by its name.

A new kind of engine is one more branch of :func:`open_engine`. Both arms open the same engine; they
differ only in how a batch is passed to it.
"""

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bench.engine.models import STUB_PREFIX
from bench.engine.spec import Engine, check_engine
from bench.host.allocator import allocator_environment
from bench.host.cores import CorePlan, pin_thread
from bench.records import EngineSpec

if TYPE_CHECKING:
    from bench.engine.torch_engine import TorchEngine


def engine_environment(allocator: str, threads: int) -> dict[str, str]:
    """Return the variables that a process needs before it starts to open an engine."""
    return {**allocator_environment(allocator), "OMP_NUM_THREADS": str(threads)}


def open_engine(
    spec: EngineSpec,
    *,
    threads: int,
    shape: tuple[int, ...],
    batch_sizes: Sequence[int] = (),
    weights: Path | None = None,
    cores: CorePlan | None = None,
) -> Engine:
    """Open an engine in this process.

    Parameters
    ----------
    spec : EngineSpec
        The specification of the engine.
    threads : int
        Intra-op threads; inter-op threads are 1.
    shape : tuple of int
        The largest batch, [B, 3, S, S]. A torchvision model is checked with one of its images,
        and claims the memory that it needs for all.
    batch_sizes : sequence of int
        All batch sizes to come: a model that is compiled is compiled for each of them.
    weights : Path, optional
        A state dict saved by ``torch.save``; without it the weights are drawn from a constant
        seed.
    cores : CorePlan, optional
        Where the calling thread, and with it the threads that compute, are from the first
        inference on. A model that takes seconds to load may use ``cores.loading`` until then.

    Raises
    ------
    UsageError
        If there is no such engine.
    HostError
        If the weights cannot be read or are not this model's, or memory is missing.
    """
    name = check_engine(spec).model
    if name.startswith(STUB_PREFIX):
        from bench.engine.stub import StubEngine  # noqa: PLC0415 - numpy only, no torch

        if cores is not None:
            pin_thread(cores.compute)
        return StubEngine(delay_ms=int(name.removeprefix(STUB_PREFIX)), threads=threads)
    if cores is not None:
        pin_thread(cores.loading)
    engine = _load_torch_engine(spec, shape, weights)
    if cores is not None:
        pin_thread(cores.compute)
    engine.start(threads, batch_sizes)
    return engine


def _load_torch_engine(
    spec: EngineSpec, shape: tuple[int, ...], weights: Path | None
) -> "TorchEngine":
    gc.disable()  # collecting garbage would take a tenth of the time of the import
    try:
        from bench.engine.torch_engine import TorchEngine  # noqa: PLC0415 - torch takes seconds
    finally:
        gc.enable()
    return TorchEngine(spec, shape=shape, weights=weights)
