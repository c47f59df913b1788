"""The tensor with half the bytes: float16, C order, little endian; the worker computes float32."""

import numpy as np

from bench.codec.spec import Batch, Codec, Encoded, Form, Tensor, check_dtype
from bench.wire import Buffer, tensor_bytes

DTYPE = "float16"


class Float16Codec:
    """Rounds a tensor to 11 significant bits, and widens it again."""

    form = Form.TENSOR
    tolerance_fraction: float | None = 0.001

    def encode(self, batch: Batch) -> Encoded:
        """Return the bytes of a batch, float32 [B, 3, S, S], rounded."""
        assert isinstance(batch, np.ndarray)
        rounded = batch.astype(np.float16)
        return Encoded(DTYPE, rounded.shape, rounded.data.cast("B"))

    def decode(self, dtype: str, shape: tuple[int, ...], payload: Buffer) -> Tensor:
        """Return ``payload`` as an array of ``shape``, float32; else a ValueError.

        Parameters
        ----------
        dtype, shape, payload
            As of :meth:`bench.codec.spec.Codec.decode`; the shape is that of the batch.
        """
        check_dtype(dtype, DTYPE)
        return np.frombuffer(payload, dtype=np.float16).reshape(shape).astype(np.float32)

    def payload_bytes(self, shape: tuple[int, ...]) -> int:
        """Return the size of a batch of ``shape`` [bytes]."""
        return tensor_bytes(DTYPE, shape)


CODEC: Codec = Float16Codec()
