"""Encoded images as they are, in one payload; the worker decodes, resizes and normalises them.

The payload begins with the number of images and the size of each, uint32, little endian.
"""

from itertools import pairwise

import numpy as np

from bench.codec.images import MAX_FILE_BYTES
from bench.codec.spec import Batch, Codec, Encoded, Files, Form, check_dtype
from bench.wire import Buffer

DTYPE = "uint8"
_SIZE = np.dtype("<u4")


class FilesCodec:
    """Joins the files of a batch, and parts them again."""

    form = Form.FILES
    tolerance_fraction: float | None = 0.0

    def encode(self, batch: Batch) -> Encoded:
        """Return the bytes of a batch of files, joined."""
        files = [bytes(file) for file in batch]
        head = np.array([len(files), *map(len, files)], dtype=_SIZE).tobytes()
        payload = memoryview(b"".join([head, *files]))
        return Encoded(DTYPE, (payload.nbytes,), payload)

    def decode(self, dtype: str, shape: tuple[int, ...], payload: Buffer) -> Files:  # noqa: ARG002
        """Return the files in ``payload``; else a ValueError.

        Parameters
        ----------
        dtype, shape, payload
            As of :meth:`bench.codec.spec.Codec.decode`; the shape is the number of bytes.
        """
        check_dtype(dtype, DTYPE)
        count = int(np.frombuffer(payload[: _SIZE.itemsize], dtype=_SIZE).sum())
        first = _SIZE.itemsize * (1 + count)
        if not 0 < count <= len(payload) or first > len(payload):
            raise ValueError(f"{count} files do not fit into a payload of {len(payload)} bytes")
        sizes = np.frombuffer(payload[_SIZE.itemsize : first], dtype=_SIZE).tolist()
        if first + sum(sizes) != len(payload) or max(sizes) > MAX_FILE_BYTES:
            raise ValueError(
                f"a payload of {len(payload)} bytes came where its files make {first + sum(sizes)},"
                f" the largest of {max(sizes)} and at most {MAX_FILE_BYTES} bytes"
            )
        bounds = np.cumsum([first, *sizes]).tolist()
        return [bytes(payload[a:b]) for a, b in pairwise(bounds)]

    def payload_bytes(self, shape: tuple[int, ...]) -> int:
        """Return the most that so many files may have together [bytes]."""
        return _SIZE.itemsize + shape[0] * (_SIZE.itemsize + MAX_FILE_BYTES)


CODEC: Codec = FilesCodec()
