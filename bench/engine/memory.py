"""About how much memory a process with a model needs, as it was measured; torch is not asked."""

from collections.abc import Mapping

from bench.engine.models import STUB_PREFIX, TORCHVISION_MODELS
from bench.wire import tensor_bytes

_DTYPE = "float32"
_PROCESS_BYTES = 64 << 20
_TORCH_BYTES = 400 << 20
"""Anonymous memory of torch and the weights: 388 MiB with ResNet18, 449 with ResNet50."""

# By the beginning of a name of torchvision.
_MILLION_WEIGHTS = {
    "convnext_large": 198,
    "efficientnet_v2_l": 119,
    "regnet_x_32gf": 108,
    "regnet_y_128gf": 645,
    "regnet_y_32gf": 145,
    "vgg": 144,
    "vit_h_": 633,
    "vit_l_": 307,
    "wide_resnet101_": 127,
}
"""Of the models that have more than 100 million; those of the others are in ``_TORCH_BYTES``."""
_MADE_WITH_VALUES = ("regnet_", "vgg")
"""Models whose weights are there twice while they are loaded: first those that they are made with.
"""
_BATCHES_HELD = {
    **dict.fromkeys(
        ("inception_", "mobilenet_v3_small", "resnet18", "resnet34", "shufflenet_"), 32
    ),
    **dict.fromkeys(("efficientnet_b5", "efficientnet_b6", "efficientnet_b7"), 128),
    "maxvit_": 256,
}
_MOST_HOLD = 64
"""The heap of ResNet50 takes up to 57 batches, unused memory in it included; that of a Swin 63, of
EfficientNet-B7 97, of MaxViT 192. Those with 32 take up to 23."""


def memory_bytes(name: str, shape: tuple[int, ...]) -> int:
    """Return about how much memory a process with a model for batches of ``shape`` needs."""
    if name.startswith(STUB_PREFIX):
        return _PROCESS_BYTES
    weights_bytes = tensor_bytes(_DTYPE, (_of_family(_MILLION_WEIGHTS, name, 0), 1_000_000))
    made_bytes = weights_bytes if name.startswith(_MADE_WITH_VALUES) else 0
    return _TORCH_BYTES + weights_bytes + max(made_bytes, heap_bytes(name, shape))


def heap_bytes(name: str, shape: tuple[int, ...]) -> int:
    """Return how much of that is the heap in which batches of ``shape`` are computed."""
    return _of_family(_BATCHES_HELD, name, _MOST_HOLD) * tensor_bytes(_DTYPE, shape)


def _of_family(table: Mapping[str, int], name: str, others: int) -> int:
    if name not in TORCHVISION_MODELS:
        return others
    return next((value for start, value in table.items() if name.startswith(start)), others)
