"""A torchvision model: float32, eager, inference mode, on a fixed number of threads."""

import gc
from pathlib import Path

import numpy as np
import numpy.typing as npt
import threadpoolctl
import torch
import torchvision

from bench.engine.spec import BATCHES_HELD
from bench.engine.weights import digest_state, draw_state, load_state
from bench.host.allocator import claim_memory
from bench.records import EngineSpec, Facts
from bench.wire import tensor_bytes


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


class TorchEngine:
    """A model of ``torchvision.models`` with its weights, in this process.

    Before :meth:`start` it computes with the calling thread only. The first operation with more
    threads makes them; they stay on the cores that the calling thread is on at that time.

    Parameters
    ----------
    spec : EngineSpec
        Which model, and how it computes.
    shape : tuple of int
        The largest batch, [B, 3, S, S]; memory for it is claimed at once.
    weights : Path, optional
        A state dict saved by ``torch.save``; without it the weights are drawn from a constant
        seed.
    """

    output_dtype = "float32"
    class_count: int

    def __init__(self, spec: EngineSpec, *, shape: tuple[int, ...], weights: Path | None) -> None:
        self._spec = spec
        torch.set_num_threads(1)
        torch.set_num_interop_threads(1)
        self._image_shape = (1, *shape[1:])
        with torch.device("meta"):  # shapes only: these weights would be replaced
            self._model = torchvision.models.get_model(spec.model, weights=None)
        template = self._model.state_dict()
        state = draw_state(template) if weights is None else load_state(weights, template)
        self._model.load_state_dict(state, assign=True)
        self._model.eval()
        self._digest = digest_state(state)
        claim_memory(BATCHES_HELD * tensor_bytes(spec.precision, shape))

    def start(self, threads: int) -> None:
        """Compute with ``threads`` threads from now on, on the cores of the calling thread."""
        torch.set_num_threads(threads)
        logits = self.infer(torch.zeros(self._image_shape))
        self.class_count = logits.nbytes // torch.float32.itemsize
        gc.collect()
        gc.freeze()  # collections while measuring then skip the loaded modules

    def facts(self) -> Facts:
        """Return versions, threads as read back, and the libraries that really compute."""
        return {
            **torch_facts(),
            "weights_digest": self._digest,
            "dtype": self._spec.precision,
            "mode": f"{self._spec.mode}, inference mode",
            "memory_format": self._spec.memory_format,
        }

    def prepare(self, batch: npt.NDArray[np.float32]) -> torch.Tensor:
        """Return a batch, float32 [B, 3, S, S], as a tensor, uncopied."""
        return torch.frombuffer(batch.data.cast("B"), dtype=torch.float32).view(batch.shape)

    def infer(self, batch: object) -> memoryview:
        """Return the logits, float32 [B, class_count], as bytes in C order.

        Parameters
        ----------
        batch : Tensor, float32 [B, 3, S, S]
            As :meth:`prepare` returns it.
        """
        with torch.inference_mode():
            logits = self._model(batch)
        return memoryview(logits.numpy()).cast("B")
