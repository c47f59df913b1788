"""Arrays as they are, C order, little endian: what codecs of one type of values have in common."""

import numpy as np

from bench.codec.spec import Batch, Encoded, Form, Pixels, Tensor, check_dtype
from bench.wire import Buffer, tensor_bytes

_DTYPES = {Form.TENSOR: np.float32, Form.PIXELS: np.uint8}


class ArrayCodec:
    """Sends a batch as values of a type; nothing is copied where the batch has that type.

    Parameters
    ----------
    dtype : str
        The type that is sent, a key of the wire's table.
    form : Form
        Of the batches: tensors or pixels.
    tolerance_fraction : float
        As of :class:`bench.codec.spec.Codec`.
    """

    def __init__(self, dtype: str, form: Form, tolerance_fraction: float | None = 0.0) -> None:
        self.form = form
        self.tolerance_fraction = tolerance_fraction
        self._dtype = dtype

    def encode(self, batch: Batch) -> Encoded:
        """Return the bytes of a batch, [B, 3, S, S] or [B, S, S, 3]."""
        assert isinstance(batch, np.ndarray)
        values = batch.astype(self._dtype, copy=False)
        return Encoded(self._dtype, values.shape, values.data.cast("B"))

    def decode(self, dtype: str, shape: tuple[int, ...], payload: Buffer) -> Tensor | Pixels:
        """Return ``payload`` as an array of ``shape``; else a ValueError.

        Parameters
        ----------
        dtype, shape, payload
            As of :meth:`bench.codec.spec.Codec.decode`; the shape is that of the batch.
        """
        check_dtype(dtype, self._dtype)
        values = np.frombuffer(payload, dtype=self._dtype).reshape(shape)
        return values.astype(_DTYPES[self.form], copy=False)

    def payload_bytes(self, shape: tuple[int, ...]) -> int:
        """Return the size of a batch of ``shape`` [bytes]."""
        return tensor_bytes(self._dtype, shape)
