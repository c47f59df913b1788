"""A torchvision model: float32, eager, inference mode, on a fixed number of threads."""

import gc
from pathlib import Path

import threadpoolctl
import torch
import torchvision

from bench.engine.spec import BATCHES_HELD, DTYPE
from bench.engine.weights import digest_state, draw_state, load_state
from bench.host.allocator import claim_memory
from bench.records import Facts
from bench.wire import Buffer, tensor_bytes


def torch_facts() -> Facts:
    """Return versions, threads as read back, and the libraries that really compute."""
    return {
        "engine": "torch",
        "torch": str(torch.__version__),  # a str subclass that no encoder knows
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
    """A model of ``torchvision.models`` with its weights, in this process; then it is started.

    Until it is started it computes with the calling thread alone: other threads are made by the
    first operation that has more, and stay on the cores that this one is on then.
    """

    def __init__(self, name: str, *, shape: tuple[int, ...], weights: Path | None) -> None:
        torch.set_num_threads(1)
        torch.set_num_interop_threads(1)
        self._image_shape = (1, *shape[1:])
        with torch.device("meta"):  # shapes only: no time spent on weights that are replaced
            self._model = torchvision.models.get_model(name, weights=None)
        template = self._model.state_dict()
        state = draw_state(template) if weights is None else load_state(weights, template)
        self._model.load_state_dict(state, assign=True)
        self._model.eval()
        self._digest = digest_state(state)
        claim_memory(BATCHES_HELD * tensor_bytes(DTYPE, shape))

    def start(self, threads: int) -> None:
        """Compute with so many threads from now on, on the cores that the calling one is on."""
        torch.set_num_threads(threads)
        self.infer(torch.zeros(self._image_shape))
        gc.collect()
        gc.freeze()  # the loaded modules are no garbage: collections while measuring skip them

    def facts(self) -> Facts:
        """Return versions, threads as read back, and the libraries that really compute."""
        return {
            **torch_facts(),
            "weights_digest": self._digest,
            "dtype": DTYPE,
            "mode": "eager, inference mode",
            "memory_format": "contiguous",
        }

    def prepare(self, payload: Buffer, shape: tuple[int, ...]) -> torch.Tensor:
        """Return ``payload`` as a tensor of ``shape``, uncopied."""
        return torch.frombuffer(payload, dtype=torch.float32).view(shape)

    def infer(self, batch: object) -> memoryview:
        """Return the logits of ``batch``, a float32 tensor [B, 3, S, S]."""
        with torch.inference_mode():
            logits = self._model(batch)
        return memoryview(logits.numpy()).cast("B")
