"""The tensor as it is: float32, C order, little endian. Nothing is copied on either side."""

import numpy as np

from bench.codec.spec import Batch, Codec, Encoded, Form, Tensor, check_dtype
from bench.wire import Buffer, tensor_bytes

DTYPE = "float32"


class Float32Codec:
    """Sends and reads a tensor without a copy."""

    form = Form.TENSOR
    tolerance_fraction: float | None = 0.0

    def encode(self, batch: Batch) -> Encoded:
        """Return the bytes of a batch, float32 [B, 3, S, S], uncopied."""
        assert isinstance(batch, np.ndarray)
        return Encoded(DTYPE, batch.shape, batch.data.cast("B"))

    def decode(self, dtype: str, shape: tuple[int, ...], payload: Buffer) -> Tensor:
        """Return ``payload`` as an array of ``shape``, float32, uncopied; else a ValueError.

        Parameters
        ----------
        dtype, shape, payload
            As of :meth:`bench.codec.spec.Codec.decode`; the shape is that of the batch.
        """
        check_dtype(dtype, DTYPE)
        return np.frombuffer(payload, dtype=np.float32).reshape(shape)

    def payload_bytes(self, shape: tuple[int, ...]) -> int:
        """Return the size of a batch of ``shape`` [bytes]."""
        return tensor_bytes(DTYPE, shape)


CODEC: Codec = Float32Codec()
