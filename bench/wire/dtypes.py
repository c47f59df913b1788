"""The closed table of tensor types; a type that is not in it does not travel."""

import math
from collections.abc import Sequence
from types import MappingProxyType

ITEM_BYTES = MappingProxyType({"float32": 4})


def tensor_bytes(dtype: str, shape: Sequence[int]) -> int:
    """Return the size of a tensor [bytes]; ``dtype`` is a key of the table."""
    return ITEM_BYTES[dtype] * math.prod(shape)
