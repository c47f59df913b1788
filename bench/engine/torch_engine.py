"""A model of torch in inference mode, on a fixed number of threads or on a device."""

import gc
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import threadpoolctl
import torch
import torchvision

from bench.engine.available import compiler_environment
from bench.engine.build import build_model
from bench.engine.device import open_device
from bench.engine.memory import heap_bytes
from bench.engine.precision import is_emulated
from bench.engine.spec import COMPILE_NS
from bench.errors import HostError
from bench.host.allocator import claim_memory
from bench.records import EngineSpec, Facts


def torch_facts() -> Facts:
    """Return versions, threads as read back, and the libraries that really compute."""
    return {
        "engine": "torch",
        "torch": str(torch.__version__),  # a str subclass that encoders refuse
        "torchvision": str(torchvision.__version__),
        "threads": torch.get_num_threads(),
        "interop_threads": torch.get_num_interop_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "config": torch.__config__.show(),
        "parallel_info": torch.__config__.parallel_info(),
        "libraries": sorted(
            f"{pool['internal_api']} {pool['version']}" for pool in threadpoolctl.threadpool_info()
        ),
    }


_MEMORY_FORMATS = {
    "contiguous": torch.contiguous_format,
    "channels_last": torch.channels_last,
}


class TorchEngine:
    """A model with its weights, in this process.

    Before :meth:`start` it computes with the calling thread only. The first operation with more
    threads makes them; they stay on the cores that the calling thread is on at that time.

    Parameters
    ----------
    spec : EngineSpec
        Which model, and how it computes.
    shape : tuple of int
        The largest batch, [B, 3, S, S]; memory for it is claimed at once.
    weights : Path, optional
        A file with a state dict; without it see :func:`bench.engine.build.build_model`.
    """

    output_dtype = "float32"
    class_count: int

    def __init__(self, spec: EngineSpec, *, shape: tuple[int, ...], weights: Path | None) -> None:
        self._spec = spec
        torch.set_num_threads(1)
        if torch.get_num_interop_threads() != 1:  # it can be set once
            torch.set_num_interop_threads(1)
        self._image_shape = shape[1:]
        model, self._digest = build_model(spec, shape[-1], weights)
        self._device = open_device(spec.device, shape)
        self.copies = self._device.copies
        self._precision = getattr(torch, spec.precision)
        self._memory_format = _MEMORY_FORMATS[spec.memory_format]
        model = model.to(device=spec.device, dtype=self._precision)
        self._model = model.to(memory_format=self._memory_format)
        self._compile_ns = 0
        if not self.copies:
            claim_memory(heap_bytes(spec.model, shape))

    def start(self, threads: int, batch_sizes: Sequence[int] = ()) -> None:
        """Compute with ``threads`` threads from now on, on the cores of the calling thread.

        Parameters
        ----------
        threads : int
            Intra-op threads.
        batch_sizes : sequence of int
            The batch sizes to come; a model that is compiled is compiled for all of them now.

        Raises
        ------
        HostError
            If the model cannot be compiled, cannot compute images of this size, or returns no
            logits.
        """
        torch.set_num_threads(threads)
        if self._spec.compiled:
            try:
                self._compile(batch_sizes)
            except RuntimeError as error:  # of the compiler, or of a model that it cannot take
                reason = str(error).strip().partition("\n")[0]
                raise HostError(
                    f"--engine: {self._spec.model} cannot be compiled here: {reason}; leave "
                    "'compile' out."
                ) from error
        self.class_count = self._count_classes()
        gc.collect()
        gc.freeze()  # collections while measuring then skip the loaded modules

    def facts(self) -> Facts:
        """Return versions, threads and precision, read back from torch and from the model."""
        return {
            **torch_facts(),
            "weights_digest": self._digest,
            "device": self._spec.device,
            "device_name": self._device.name,
            "dtype": self._spec.precision,
            "emulated": is_emulated(self._spec.precision) if self._spec.on_cpu else False,
            "mode": f"{self._spec.mode}, inference mode",
            "memory_format": self._spec.memory_format,
            COMPILE_NS: self._compile_ns,
        }

    def prepare(self, batch: npt.NDArray[np.float32]) -> torch.Tensor:
        """Return a batch, float32 [B, 3, S, S], where the model computes."""
        return self._device.send(torch.from_numpy(batch))

    def infer(self, batch: object) -> torch.Tensor:
        """Return the logits, float32 [B, class_count], where the model computes.

        The batch is first brought into the precision and the memory format of the model.

        Parameters
        ----------
        batch : Tensor, float32 [B, 3, S, S]
            As :meth:`prepare` returns it.
        """
        assert isinstance(batch, torch.Tensor)
        with torch.inference_mode():
            images = batch.to(dtype=self._precision, memory_format=self._memory_format)
            logits: torch.Tensor = self._model(images).float().contiguous()
        self._device.finish()
        return logits

    def fetch(self, logits: object) -> memoryview:
        """Return logits as bytes of the host in C order."""
        assert isinstance(logits, torch.Tensor)
        fetched: npt.NDArray[np.float32] = self._device.fetch(logits).numpy()
        return fetched.data.cast("B")

    def _compile(self, batch_sizes: Sequence[int]) -> None:
        """Compile for one image and for any number, and check that all batch sizes are served."""
        os.environ.update(compiler_environment())
        from torch._inductor.async_compile import (  # noqa: PLC0415 - others need no compiler
            shutdown_compile_workers,
        )

        begun_ns = time.perf_counter_ns()
        # It says on standard error which CUDA is there; facts say that.
        logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
        self._model.compile()
        for batch_size in sorted({1, *batch_sizes}):
            batch = self._zeros(batch_size)
            if batch_size > 1:  # one image is always a case of its own
                torch._dynamo.maybe_mark_dynamic(batch, 0)  # noqa: SLF001 - no other way
            self.infer(batch)
        shutdown_compile_workers()  # they would stay for as long as this process
        torch.compiler.set_stance("fail_on_recompile")
        self._compile_ns = time.perf_counter_ns() - begun_ns

    def _count_classes(self) -> int:
        """Compute one image, and return how many logits it has."""
        try:
            logits = self.infer(self._zeros(1))
        except (RuntimeError, AssertionError, ValueError, AttributeError) as error:
            shape = " x ".join(str(side) for side in self._image_shape)
            raise HostError(
                f"--model: {self._spec.model} does not return logits for images of {shape}: {error}"
            ) from error
        if logits.ndim != 2 or len(logits) != 1:  # noqa: PLR2004 - [B, class_count]
            raise HostError(
                f"--model: {self._spec.model} returns {list(logits.shape)} for one image; "
                "its output must be logits [B, classes]."
            )
        return logits.shape[1]

    def _zeros(self, batch_size: int) -> torch.Tensor:
        return self._device.send(torch.zeros((batch_size, *self._image_shape)))
