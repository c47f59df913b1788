"""Encoded images whose pixels are known."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from bench.codec.spec import Pixels


def ramp(width: int, height: int) -> Pixels:
    """Return pixels that change from left to right, from top to bottom, and with both."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    red, green = 255 * x // max(1, width - 1), 255 * y // max(1, height - 1)
    return np.stack([red, green, (red + green) // 2], axis=2).astype(np.uint8)


def encoded(pixels: Pixels, form: str = "PNG", mode: str = "RGB") -> bytes:
    """Return pixels as a file of a format, in a mode of Pillow."""
    stream = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(stream, form)
    return stream.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes whose header states a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100))), (b"IEND", b""))
    )
