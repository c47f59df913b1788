"""About how much memory a process with a model needs, as it was measured; torch is not asked."""

from collections.abc import Mapping

from bench.engine.models import STUB_PREFIX, TORCHVISION_MODELS
from bench.wire import tensor_bytes

_DTYPE = "float32"
_PROCESS_BYTES = 64 << 20
_TORCH_BYTES = 400 << 20
"""Anonymous memory of torch and the weights: 388 MiB with ResNet18, 449 with ResNet50."""

# The models of these tables are named by the beginning of their names in torchvision.
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
"""Models with more than 100 million weights; those of the others are within ``_TORCH_BYTES``."""
_LOADED_TWICE = ("regnet_", "vgg")
"""Models that are made with values: while they are loaded, these are there beside the weights."""
_SMALL_HEAPS = ("inception_", "mobilenet_v3_small", "resnet18", "resnet34", "shufflenet_")
_LARGE_HEAPS = ("efficientnet_b5", "efficientnet_b6", "efficientnet_b7")
_BATCHES_HELD = {
    **dict.fromkeys(_SMALL_HEAPS, 32),
    **dict.fromkeys(_LARGE_HEAPS, 128),
    "maxvit_": 256,
}
_OTHERS_HOLD = 64
"""The heap of ResNet50 takes up to 57 batches, unused memory in it included, and that of another
model up to 64. Small heaps take up to 23 and large ones 97; that of MaxViT takes 192."""


def memory_bytes(name: str, shape: tuple[int, ...]) -> int:
    """Return about how much memory a process with a model for batches of ``shape`` needs."""
    if name.startswith(STUB_PREFIX):
        return _PROCESS_BYTES
    weights_bytes = tensor_bytes(_DTYPE, (_of_family(_MILLION_WEIGHTS, name, 0), 1_000_000))
    # Memory from loading is used again by the heap.
    loading_bytes = weights_bytes if name.startswith(_LOADED_TWICE) else 0
    return _TORCH_BYTES + weights_bytes + max(loading_bytes, heap_bytes(name, shape))


def heap_bytes(name: str, shape: tuple[int, ...]) -> int:
    """Return how much of that is the heap in which batches of ``shape`` are computed."""
    return _of_family(_BATCHES_HELD, name, _OTHERS_HOLD) * tensor_bytes(_DTYPE, shape)


def _of_family(table: Mapping[str, int], name: str, others: int) -> int:
    if name not in TORCHVISION_MODELS:
        return others
    return next((value for start, value in table.items() if name.startswith(start)), others)
