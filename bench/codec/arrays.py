"""Arrays as they are, C order, little endian: what codecs of one type of values have in common."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.codec.spec import Batch, Encoded, Form, Pixels, Tensor, check_dtype
from bench.wire import Buffer, tensor_bytes

_DTYPES = {Form.TENSOR: "float32", Form.PIXELS: "uint8"}
Convert = Callable[[npt.NDArray[Any], str], npt.NDArray[Any]]


def keep(values: npt.NDArray[Any], dtype: str) -> npt.NDArray[Any]:
    """Return an array that has the type already, as it is."""
    assert values.dtype == dtype
    return values


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
    convert : callable
        From an array and a type to an array of that type; the default is for batches that have the
        type that is sent.
    """

    def __init__(
        self,
        dtype: str,
        form: Form,
        tolerance_fraction: float | None = 0.0,
        convert: Convert = keep,
    ) -> None:
        self.form = form
        self.tolerance_fraction = tolerance_fraction
        self._dtype = dtype
        self._convert = convert

    def encode(self, batch: Batch) -> Encoded:
        """Return the bytes of a batch, [B, 3, S, S] or [B, S, S, 3]."""
        assert isinstance(batch, np.ndarray)
        values = self._convert(batch, self._dtype)
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
        return self._convert(values, _DTYPES[self.form])

    def payload_bytes(self, shape: tuple[int, ...]) -> int:
        """Return the size of a batch of ``shape`` [bytes]."""
        return tensor_bytes(self._dtype, shape)
