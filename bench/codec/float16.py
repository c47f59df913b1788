"""The tensor rounded to 11 significant bits, float16; the worker widens it to float32.

NumPy converts value by value. torch has the processor's instructions for it and is as exact; what
converts is a process that computes with torch anyway, unless its model is the stub.
"""

import numpy as np
import numpy.typing as npt

from bench.codec.arrays import ArrayCodec
from bench.codec.spec import Codec, Form

_SERIAL_COUNT = 32_767
"""Values that torch converts in one thread; another would spin on while the worker computes."""


def convert(values: npt.NDArray[np.generic], dtype: str) -> npt.NDArray[np.generic]:
    """Return an array of the same shape, float16 or float32, converted in one thread.

    Parameters
    ----------
    values : ndarray, float32 or float16
        In C order.
    dtype : str
        The other one of both types.
    """
    import torch  # noqa: PLC0415 - whoever asks for sizes only needs none of it

    converted = np.empty(values.shape, dtype)
    source = values.reshape(-1) if values.flags.writeable else values.flatten()  # torch would warn
    parts, into = (
        torch.split(torch.from_numpy(flat), _SERIAL_COUNT)
        for flat in (source, converted.reshape(-1))
    )
    for part, target in zip(parts, into, strict=True):
        target.copy_(part)
    return converted


CODEC: Codec = ArrayCodec("float16", Form.TENSOR, tolerance_fraction=0.001, convert=convert)
