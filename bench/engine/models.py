"""The models by name: torchvision's classifiers, factories of installed modules, and a stub.

A classifier that torchvision adds is one more name in ``TORCHVISION_MODELS``.
"""

import difflib
import importlib.util
import re

from bench.config import IMAGE_SIZE, SMOKE_IMAGE_SIZE
from bench.errors import HostError, UsageError

TORCHVISION_MODELS = (
    "alexnet",
    *("convnext_base", "convnext_large", "convnext_small", "convnext_tiny"),
    *("densenet121", "densenet161", "densenet169", "densenet201"),
    *("efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3"),
    *("efficientnet_b4", "efficientnet_b5", "efficientnet_b6", "efficientnet_b7"),
    *("efficientnet_v2_l", "efficientnet_v2_m", "efficientnet_v2_s"),
    *("googlenet", "inception_v3", "maxvit_t"),
    *("mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3"),
    *("mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small"),
    *("regnet_x_16gf", "regnet_x_1_6gf", "regnet_x_32gf", "regnet_x_3_2gf"),
    *("regnet_x_400mf", "regnet_x_800mf", "regnet_x_8gf"),
    *("regnet_y_128gf", "regnet_y_16gf", "regnet_y_1_6gf", "regnet_y_32gf", "regnet_y_3_2gf"),
    *("regnet_y_400mf", "regnet_y_800mf", "regnet_y_8gf"),
    *("resnet101", "resnet152", "resnet18", "resnet34", "resnet50"),
    *("resnext101_32x8d", "resnext101_64x4d", "resnext50_32x4d"),
    *("shufflenet_v2_x0_5", "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0"),
    *("squeezenet1_0", "squeezenet1_1"),
    *("swin_b", "swin_s", "swin_t", "swin_v2_b", "swin_v2_s", "swin_v2_t"),
    *("vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"),
    *("vit_b_16", "vit_b_32", "vit_h_14", "vit_l_16", "vit_l_32"),
    *("wide_resnet101_2", "wide_resnet50_2"),
)
_IMAGE_SIZES = {
    "efficientnet_b1": 240,
    "efficientnet_b2": 288,
    "efficientnet_b3": 300,
    "efficientnet_b4": 380,
    "efficientnet_b5": 456,
    "efficientnet_b6": 528,
    "efficientnet_b7": 600,
    "efficientnet_v2_l": 480,
    "efficientnet_v2_m": 480,
    "efficientnet_v2_s": 384,
    "inception_v3": 299,
    "swin_v2_b": 256,
    "swin_v2_s": 256,
    "swin_v2_t": 256,
}
"""Side of the images that a model is meant for, where it is not ``IMAGE_SIZE`` [pixels]."""
_NO_SMALL_IMAGES = ("inception_", "maxvit_", "vit_")
STUB_PREFIX = "stub:"
_MAX_STUB_MS = 60_000
_FACTORY = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\W\d]\w*)", re.ASCII)


def check_model(name: str) -> str:
    """Return a model's name if there is such a model here.

    Raises
    ------
    UsageError
        Naming it, and which names there are.
    HostError
        If it is a factory whose module is not installed.
    """
    if name in TORCHVISION_MODELS:
        return name
    if name.startswith(STUB_PREFIX):
        delay = name.removeprefix(STUB_PREFIX)
        if delay.isascii() and delay.isdigit() and int(delay[:9]) <= _MAX_STUB_MS:
            return name
        raise UsageError(f"--model: {name!r}: a stub has whole milliseconds up to {_MAX_STUB_MS}.")
    if (factory := factory_of(name)) is None:
        near = difflib.get_close_matches(name, TORCHVISION_MODELS)
        hint = f"; did you mean {' or '.join(near)}?" if near else "."
        raise UsageError(
            f"--model: {name!r} is not a classifier of torchvision, package.module:factory "
            f"or stub:MS{hint}"
        )
    if not _is_installed(factory[0]):
        raise HostError(f"--model: {name!r}: there is no module {factory[0]!r} on this machine.")
    return name


def factory_of(name: str) -> tuple[str, str] | None:
    """Return the module and the function of ``package.module:factory``; None for other names."""
    match = None if name.startswith(STUB_PREFIX) else _FACTORY.fullmatch(name)
    return None if match is None else (match[1], match[2])


def default_image_size(name: str, *, smoke: bool) -> int:
    """Return the side of the images that a model is meant for, smaller ones for smoke [pixels]."""
    if smoke and not name.startswith(_NO_SMALL_IMAGES):
        return SMOKE_IMAGE_SIZE
    return _IMAGE_SIZES.get(name, IMAGE_SIZE)


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:  # of the package that it is in
        return False
