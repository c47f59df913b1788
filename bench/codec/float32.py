"""The batch as it is: float32, C order, little endian. Nothing is copied on either side."""

import numpy as np

from bench.codec.spec import Batch, Encoded
from bench.wire import Buffer, tensor_bytes

DTYPE = "float32"


class Float32Codec:
    """Sends and reads a batch without a copy."""

    def encode(self, batch: Batch) -> Encoded:
        """Return the bytes of a batch, float32 [B, 3, S, S], uncopied."""
        return Encoded(DTYPE, batch.shape, batch.data.cast("B"))

    def decode(self, dtype: str, shape: tuple[int, ...], payload: Buffer) -> Batch:
        """Return ``payload`` as an array of ``shape``, float32, uncopied.

        Parameters
        ----------
        dtype, shape, payload
            As of :meth:`bench.codec.spec.Codec.decode`; the shape is that of the batch.

        Raises
        ------
        ValueError
            If it is of another type.
        """
        if dtype != DTYPE:
            raise ValueError(f"a tensor of {dtype} came where {DTYPE} was agreed")
        return np.frombuffer(payload, dtype=np.float32).reshape(shape)

    def payload_bytes(self, shape: tuple[int, ...]) -> int:
        """Return the size of a batch of ``shape`` [bytes]."""
        return tensor_bytes(DTYPE, shape)
