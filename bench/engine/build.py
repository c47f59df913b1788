"""Builds a model with its weights: a classifier of torchvision, or what a factory returns."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torchvision

from bench.engine.models import factory_of
from bench.engine.weights import WEIGHTS_SEED, digest_state, draw_state, load_state
from bench.errors import HostError
from bench.records import EngineSpec


def build_model(spec: EngineSpec, side: int, weights: Path | None) -> tuple[torch.nn.Module, str]:
    """Return a model in evaluation mode, and the digest of its weights.

    Without a file a classifier of torchvision has weights from a constant seed, and a factory's
    model those that the factory gave it, with torch's generator seeded before.

    Parameters
    ----------
    spec : EngineSpec
        Names the model.
    side : int
        Of the square images that it will get [pixels]; some classifiers are built for one size.
    weights : Path, optional
        A state dict saved by ``torch.save``, or a file of safetensors.

    Raises
    ------
    HostError
        If the weights cannot be read or are not this model's, or the model cannot be built.
    """
    factory = factory_of(spec.model)
    if factory is None:
        model = _build_classifier(spec.model, side)
    else:
        model = _call_factory(spec.model, *factory)
    # Changed in place: it also says which version each module's format has. MNASNet asks for it.
    state = model.state_dict()
    if weights is not None:
        state.update(load_state(weights, state))
    elif factory is None:
        state.update(draw_state(state))
    model.load_state_dict(state, assign=True)
    return model.eval(), digest_state(state)


def _build_classifier(name: str, side: int) -> torch.nn.Module:
    build: Callable[..., torch.nn.Module] = torchvision.models.get_model_builder(name)
    options: dict[str, Any] = {"weights": None}
    if name.startswith("vit_"):
        options["image_size"] = side
    elif name.startswith("maxvit_"):
        options["input_size"] = (side, side)
    elif name in ("googlenet", "inception_v3"):
        options["init_weights"] = False  # they would be replaced
    try:
        shapes = _shapes_only(build, options)  # made at once: its weights would be replaced
        return build(**options) if shapes is None else shapes
    except (AssertionError, ValueError) as error:
        raise HostError(
            f"--image-size: {name} cannot be built for images of {side} x {side} pixels: {error}"
        ) from error


def _shapes_only(
    build: Callable[..., torch.nn.Module], options: dict[str, Any]
) -> torch.nn.Module | None:
    """Return a model without values; None if it has tables that need them, or computes with some.

    All its tensors are weights then, and the counters of batches that no weights depend on.
    """
    try:
        with torch.device("meta"):
            model = build(**options)
    except NotImplementedError:
        return None
    state = model.state_dict()
    weights_only = all(
        name in state and (buffer.is_floating_point() or name.endswith("num_batches_tracked"))
        for name, buffer in model.named_buffers()
    )
    return model if weights_only else None


def _call_factory(name: str, module: str, function: str) -> torch.nn.Module:
    torch.manual_seed(WEIGHTS_SEED)
    try:
        model = getattr(importlib.import_module(module), function)()
    except Exception as error:  # a module of the user may raise anything
        raise HostError(
            f"--model: {name!r} cannot be called: {type(error).__name__}: {error}"
        ) from error
    if not isinstance(model, torch.nn.Module):
        raise HostError(
            f"--model: {name!r} returns {type(model).__name__} and not a torch.nn.Module."
        )
    return model
