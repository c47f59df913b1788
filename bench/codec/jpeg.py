"""Resized pixels as JPEG of quality 90; the worker decodes and normalises them."""

from typing import cast

import numpy as np

from bench.codec import files
from bench.codec.images import decode_image, encode_jpeg
from bench.codec.spec import Batch, Codec, Encoded, Files, Form, Pixels
from bench.config import IMAGE_SIZES
from bench.wire import Buffer

QUALITY = 90
_MAX_PIXELS = IMAGE_SIZES[-1] ** 2


class JpegCodec:
    """Encodes each image of a batch anew, and decodes it."""

    form = Form.PIXELS
    tolerance_fraction: float | None = None

    def encode(self, batch: Batch) -> Encoded:
        """Return the bytes of a batch, uint8 [B, S, S, 3], as joined files."""
        assert isinstance(batch, np.ndarray)
        return files.CODEC.encode([encode_jpeg(image, QUALITY) for image in batch])

    def decode(self, dtype: str, shape: tuple[int, ...], payload: Buffer) -> Pixels:
        """Return the images in ``payload``, uint8 [B, S, S, 3]; else a ValueError.

        Parameters
        ----------
        dtype, shape, payload
            As of :meth:`bench.codec.spec.Codec.decode`; the shape is the number of bytes.
        """
        encoded = cast("Files", files.CODEC.decode(dtype, shape, payload))
        return np.stack([np.asarray(decode_image(file, _MAX_PIXELS)) for file in encoded])

    def payload_bytes(self, shape: tuple[int, ...]) -> int:
        """Return the most that so many files may have together [bytes]."""
        return files.CODEC.payload_bytes(shape)


CODEC: Codec = JpegCodec()
