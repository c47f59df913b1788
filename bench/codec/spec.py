"""The protocol of codecs, and the types of their input and output."""

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from bench.wire import Buffer

Batch = npt.NDArray[np.float32]
"""Images as models take them: float32 [B, 3, S, S]."""


class Encoded(NamedTuple):
    """A batch as it is sent: the fields of its header, and the bytes of its tensor."""

    dtype: str
    shape: tuple[int, ...]
    payload: memoryview


class Codec(Protocol):
    """Encodes on the client, decodes in the compute process."""

    def encode(self, batch: Batch) -> Encoded:
        """Return a batch as it is sent; it must not change until it is answered.

        Parameters
        ----------
        batch : ndarray, float32 [B, 3, S, S]
            The images.
        """

    def decode(self, dtype: str, shape: tuple[int, ...], payload: Buffer) -> Batch:
        """Return the batch of a request, float32 [B, 3, S, S].

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
        """Return how large the tensor of a batch of ``shape`` may be [bytes]."""
