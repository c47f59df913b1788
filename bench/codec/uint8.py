"""Resized pixels as they are, a quarter of the tensor's bytes; the worker normalises them."""

import numpy as np

from bench.codec.spec import Batch, Codec, Encoded, Form, Pixels, check_dtype
from bench.wire import Buffer, tensor_bytes

DTYPE = "uint8"


class Uint8Codec:
    """Sends and reads pixels without a copy."""

    form = Form.PIXELS
    tolerance_fraction: float | None = 0.0

    def encode(self, batch: Batch) -> Encoded:
        """Return the bytes of a batch, uint8 [B, S, S, 3], uncopied."""
        assert isinstance(batch, np.ndarray)
        return Encoded(DTYPE, batch.shape, batch.data.cast("B"))

    def decode(self, dtype: str, shape: tuple[int, ...], payload: Buffer) -> Pixels:
        """Return ``payload`` as an array of ``shape``, uint8, uncopied; else a ValueError.

        Parameters
        ----------
        dtype, shape, payload
            As of :meth:`bench.codec.spec.Codec.decode`; the shape is [B, S, S, 3].
        """
        check_dtype(dtype, DTYPE)
        return np.frombuffer(payload, dtype=np.uint8).reshape(shape)

    def payload_bytes(self, shape: tuple[int, ...]) -> int:
        """Return the size of the pixels of a batch of ``shape`` [bytes]."""
        return tensor_bytes(DTYPE, shape)


CODEC: Codec = Uint8Codec()
