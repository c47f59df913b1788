"""Weights: drawn from a constant seed, or loaded from a state dict without executing anything."""

import hashlib
import math
import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from bench.errors import HostError

WEIGHTS_SEED = 50
"""Constant, whatever ``--seed`` is: it drives the schedule and the images only."""

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
    return {
        name: _draw(bits, name, tuple(template[name].shape), template[name].dtype)
        for name in sorted(template)
    }


def load_state(path: Path, template: Mapping[str, torch.Tensor]) -> StateDict:
    """Read a state dict that fits ``template``.

    Raises
    ------
    HostError
        If the file is not a state dict of plain tensors, or of another model.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise HostError(
            f"--weights: {path} is not a state dict of plain tensors ({type(error).__name__}; "
            "nothing in it was executed); save one with torch.save(model.state_dict(), PATH)."
        ) from error
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise HostError(
            f"--weights: {path} holds no state dict but {type(state).__name__}; "
            "save one with torch.save(model.state_dict(), PATH)."
        )
    for name in sorted(template.keys() | state.keys()):
        ours, theirs = _shape_of(template, name), _shape_of(state, name)
        if ours != theirs:
            raise HostError(
                f"--weights: {path} is of another model: {name} is {theirs} in the file and "
                f"{ours} in the model; give --model and --weights that belong together."
            )
    return {n: state[n].to(template[n].dtype).contiguous() for n in template}


def digest_state(state: Mapping[str, torch.Tensor]) -> str:
    """Return the SHA-256 of all names, types, shapes and bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(state):
        array = state[name].numpy()
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
    return digest.hexdigest()


def _draw(
    bits: np.random.PCG64, name: str, shape: tuple[int, ...], dtype: torch.dtype
) -> torch.Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.zeros(shape, dtype=dtype)
    if len(shape) == 1:
        identity = name.endswith((".weight", "running_var"))
        return torch.full(shape, 1.0 if identity else 0.0, dtype=dtype)
    bound = math.sqrt(6.0 / math.prod(shape[1:]))
    return torch.from_numpy((_uniform(bits, math.prod(shape)) * 2.0 - 1.0) * bound).reshape(shape)


def _uniform(bits: np.random.PCG64, count: int) -> npt.NDArray[np.float32]:
    raw = np.asarray(bits.random_raw((count + 1) // 2)).view(np.uint32)[:count]
    return (raw >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def _shape_of(state: Mapping[str, torch.Tensor], name: str) -> str:
    return str(list(state[name].shape)) if name in state else "missing"
