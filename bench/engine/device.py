"""Where a model computes: in the memory of the host, or on a device with memory of its own."""

import math
from typing import Protocol

import torch

from bench.records import CPU


class Device(Protocol):
    """Brings batches to where the model computes, and logits back; each call returns when done."""

    copies: bool
    """Whether batches and logits are copied, which takes time of its own."""

    @property
    def name(self) -> str | None:
        """What the maker calls it; None for the CPU, which the facts of the host name."""

    def send(self, batch: torch.Tensor) -> torch.Tensor:
        """Return a batch of the host in the memory of the device."""

    def finish(self) -> None:
        """Wait until all that was started on the device has ended."""

    def fetch(self, logits: torch.Tensor) -> torch.Tensor:
        """Return logits of the device in the memory of the host."""


def open_device(word: str, shape: tuple[int, ...]) -> Device:
    """Return the device that a word of an engine names.

    Parameters
    ----------
    word : str
        ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    shape : tuple of int
        The largest batch, float32 [B, 3, S, S]; it is kept in pinned memory for CUDA.
    """
    if word == CPU:
        return _Host()
    return _Cuda(word, shape) if word.startswith("cuda") else _Mps()


class _Host:
    copies = False
    name = None

    def send(self, batch: torch.Tensor) -> torch.Tensor:
        return batch

    def finish(self) -> None:
        pass

    def fetch(self, logits: torch.Tensor) -> torch.Tensor:
        return logits


class _Cuda:
    """A GPU of CUDA: copies are non-blocking, from and to pinned memory that is allocated once."""

    copies = True

    def __init__(self, word: str, shape: tuple[int, ...]) -> None:
        self._device = torch.device(word)
        self._stream = torch.cuda.current_stream(self._device)
        self._batches = torch.empty(math.prod(shape), pin_memory=True)
        self._logits = torch.empty(0, pin_memory=True)

    @property
    def name(self) -> str:
        return torch.cuda.get_device_name(self._device)

    def send(self, batch: torch.Tensor) -> torch.Tensor:
        pinned = self._batches[: batch.numel()].view(batch.shape)
        pinned.copy_(batch)
        sent = pinned.to(self._device, non_blocking=True)
        self._stream.synchronize()
        return sent

    def finish(self) -> None:
        self._stream.synchronize()

    def fetch(self, logits: torch.Tensor) -> torch.Tensor:
        if self._logits.numel() < logits.numel():
            self._logits = torch.empty(logits.numel(), pin_memory=True)
        pinned = self._logits[: logits.numel()].view(logits.shape)
        pinned.copy_(logits, non_blocking=True)
        self._stream.synchronize()
        return pinned.clone()  # the last answer may still be on its way out


class _Mps:
    """The GPU of Apple silicon, which has no pinned memory."""

    copies = True
    name = "Apple GPU (MPS)"

    def send(self, batch: torch.Tensor) -> torch.Tensor:
        sent = batch.to("mps")
        torch.mps.synchronize()
        return sent

    def finish(self) -> None:
        torch.mps.synchronize()

    def fetch(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.cpu()
