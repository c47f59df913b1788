"""Encoded images and their pixels, by Pillow, which is the decoder and the resampling of all arms.

The size of an image is checked before it is decoded: a few bytes can claim gigabytes.
"""

import io

import numpy as np
from PIL import Image

from bench.codec.spec import Pixels

MAX_FILE_BYTES = 8 << 20
MAX_PIXELS = 40_000_000
"""Of one image: 160 MB, decoded."""
FORMATS, MODE = ("JPEG", "PNG"), "RGB"
CROP_FRACTION = 224 / 256
"""Of the shorter side: classifiers are trained on the centre of an image that is resized to 256."""


def decode_image(file: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Return a JPEG or PNG of at most so many pixels, in red, green and blue.

    Raises
    ------
    ValueError
        If it is something else, too large, or damaged.
    """
    if len(file) > MAX_FILE_BYTES:
        raise ValueError(f"it has {len(file)} bytes, and may have {MAX_FILE_BYTES}")
    try:
        with Image.open(io.BytesIO(file), formats=FORMATS) as image:
            width, height = image.size
            if width * height <= max_pixels:
                image.load()
                return image if image.mode == MODE else image.convert(MODE)
    except Exception as error:  # damaged files raise many kinds of errors
        raise ValueError(f"it is no JPEG or PNG that can be decoded: {error}") from error
    raise ValueError(f"it has {width} x {height} pixels, and may have {max_pixels} in all")


def resize_image(image: Image.Image, side: int) -> Pixels:
    """Return the centre of an image as a square, uint8 [side, side, 3]."""
    length = min(image.size) * CROP_FRACTION
    left, top = ((whole - length) / 2 for whole in image.size)
    box = (left, top, left + length, top + length)
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR, box))


def encode_jpeg(pixels: Pixels, quality: int) -> bytes:
    """Return an image, uint8 [height, width, 3], as a JPEG of a quality up to 95."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    return stream.getvalue()
