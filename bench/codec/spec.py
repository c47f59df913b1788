"""The protocol of codecs, and the forms of a batch.

A batch begins in the form that the user has, is sent in that of the codec, and computed as a
tensor. What turns one form into the next is :mod:`bench.codec.preprocess`.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from bench.wire import Buffer

Files: TypeAlias = Sequence[bytes]
"""Encoded images, JPEG or PNG, of any size [B]."""
Pixels: TypeAlias = npt.NDArray[np.uint8]
"""Images that are resized: uint8 [B, S, S, 3], red, green, blue."""
Tensor: TypeAlias = npt.NDArray[np.float32]
"""Images as models take them: float32 [B, 3, S, S], normalised."""
Batch: TypeAlias = Files | Pixels | Tensor


def batch_bytes(batch: Batch) -> int:
    """Return the size of a batch [bytes]."""
    return batch.nbytes if isinstance(batch, np.ndarray) else sum(map(len, batch))


class Form(IntEnum):
    """What a batch is; preprocessing turns it from a lower form into a higher one."""

    FILES = 0
    PIXELS = 1
    TENSOR = 2


class Encoded(NamedTuple):
    """A batch as it is sent: the fields of its header, and the bytes of its tensor."""

    dtype: str
    shape: tuple[int, ...]
    payload: memoryview


class Codec(Protocol):
    """Encodes on the client, decodes in the compute process.

    ``form`` is that of the batches that it encodes, and gives when it decodes. What is decoded may
    make the logits deviate by ``tolerance_fraction`` of the largest one; with None by more, so
    that the answers of each image only need to be closest to each other.
    """

    form: Form
    tolerance_fraction: float | None

    def encode(self, batch: Batch) -> Encoded:
        """Return a batch of this codec's form as it is sent; it must not change until answered.

        Parameters
        ----------
        batch : Files, Pixels or Tensor
            The images.
        """

    def decode(self, dtype: str, shape: tuple[int, ...], payload: Buffer) -> Batch:
        """Return the batch of a request, in this codec's form.

        Parameters
        ----------
        dtype : str
            The type of the tensor, from the header of the request.
        shape : tuple of int
            The shape of the tensor, from the same header.
        payload : bytes or memoryview
            The bytes of the tensor.

        Raises
        ------
        ValueError
            If this codec makes no such tensor.
        """

    def payload_bytes(self, shape: tuple[int, ...]) -> int:
        """Return how large the payload of a batch of shape [B, 3, S, S] may be [bytes]."""


def check_dtype(dtype: str, agreed: str) -> None:
    """Refuse a tensor of another type than the codec's.

    Raises
    ------
    ValueError
        With both types.
    """
    if dtype != agreed:
        raise ValueError(f"a tensor of {dtype} came where {agreed} was agreed")
