"""Weights: drawn from a constant seed, or loaded from a file without executing anything."""

import hashlib
import math
import pickle
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TypeGuard

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch

from bench.engine.checkpoint import UnusableWeightsError, check_size, check_weights_file
from bench.errors import HostError

WEIGHTS_SEED = 50
"""Constant, whatever ``--seed`` is: it drives the schedule and the images only."""

SAFETENSORS = ".safetensors"
_SLACK_BYTES = 16 * 1024**2
"""What a file may have besides values of 64 bits."""
# What torch raises about a file depends on where it is damaged.
_LOADING_ERRORS = (
    *(OSError, RuntimeError, EOFError, MemoryError, pickle.UnpicklingError, struct.error),
    *(ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError),
)
StateDict = dict[str, torch.Tensor]


def draw_state(template: Mapping[str, torch.Tensor]) -> StateDict:
    """Return seeded weights for every entry of ``template``, the same under any version of torch.

    Filters and matrices are uniform within He's bound sqrt(6 / fan_in) [1]_; normalisation layers
    are the identity. The bits are those of PCG64, the only stream that numpy guarantees not to
    change.

    References
    ----------
    .. [1] K. He et al., "Delving deep into rectifiers", 2015, section 2.2.
    """
    bits = np.random.PCG64(WEIGHTS_SEED)
    return {name: _draw(bits, name, template[name]) for name in sorted(template)}


def load_state(path: Path, template: Mapping[str, torch.Tensor]) -> StateDict:
    """Read a state dict that fits ``template``.

    Parameters
    ----------
    path : Path
        A file of safetensors if it is named so, else one of ``torch.save``.
    template : mapping of str to Tensor
        The state of the model.

    Raises
    ------
    HostError
        If the file is not a state dict of plain tensors, or of another model.
    """
    max_bytes = _SLACK_BYTES + sum(8 * tensor.numel() for tensor in template.values())
    if path.suffix == SAFETENSORS:
        state = _load_safetensors(path, max_bytes)
    else:
        state = _load_checkpoint(path, max_bytes)
    for name in sorted(template.keys() | state.keys()):
        ours, theirs = _shape_of(template, name), _shape_of(state, name)
        if ours != theirs:
            raise HostError(
                f"--weights: {path} is of another model: {name} is {theirs} in the file and "
                f"{ours} in the model; give --model and --weights that belong together."
            )
    return {n: state[n].to(template[n].dtype).contiguous() for n in template}


def _load_checkpoint(path: Path, max_bytes: int) -> StateDict:
    try:
        check_weights_file(path, max_bytes)
        state: object = torch.load(path, map_location="cpu", weights_only=True)
    except (UnusableWeightsError, *_LOADING_ERRORS) as error:
        reason = str(error) if isinstance(error, UnusableWeightsError) else type(error).__name__
        raise HostError(
            f"--weights: {path} is not a state dict of plain tensors ({reason}; "
            "nothing in it was executed); save one with torch.save(model.state_dict(), PATH)."
        ) from error
    if not _is_state_dict(state):
        raise HostError(
            f"--weights: {path} holds no state dict but {type(state).__name__}; "
            "save one with torch.save(model.state_dict(), PATH)."
        )
    return state


def _load_safetensors(path: Path, max_bytes: int) -> StateDict:
    try:
        check_size(path, max_bytes)
        state: StateDict = safetensors.torch.load_file(path)
    except (UnusableWeightsError, safetensors.SafetensorError, *_LOADING_ERRORS) as error:
        raise HostError(
            f"--weights: {path} is not a file of safetensors ({error}); save one with "
            "safetensors.torch.save_file(model.state_dict(), PATH)."
        ) from error
    return state


def digest_state(state: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 of all names, types, shapes and bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        word = str(tensor.dtype).removeprefix("torch.")
        digest.update(f"{name} {word} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _draw(bits: np.random.PCG64, name: str, template: torch.Tensor) -> torch.Tensor:
    shape, dtype = tuple(template.shape), template.dtype
    if name.endswith("num_batches_tracked"):
        return torch.zeros(shape, dtype=dtype)
    if not template.is_floating_point():  # no weight: a table of indices
        return template
    if len(shape) == 1:
        identity = name.endswith((".weight", "running_var"))
        return torch.full(shape, 1.0 if identity else 0.0, dtype=dtype)
    bound = math.sqrt(6.0 / math.prod(shape[1:]))
    return torch.from_numpy((_uniform(bits, math.prod(shape)) * 2.0 - 1.0) * bound).reshape(shape)


def _uniform(bits: np.random.PCG64, count: int) -> npt.NDArray[np.float32]:
    raw = np.asarray(bits.random_raw((count + 1) // 2)).view(np.uint32)[:count]
    return (raw >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def _is_state_dict(state: object) -> TypeGuard[StateDict]:
    return isinstance(state, dict) and all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    )


def _shape_of(state: Mapping[str, torch.Tensor], name: str) -> str:
    return str(list(state[name].shape)) if name in state else "missing"
