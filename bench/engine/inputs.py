"""The images of a run, and the batches cut from them without a copy; synthetic images."""

from typing import Generic, TypeVar, cast

import numpy as np
from PIL import Image

from bench.codec.images import encode_jpeg
from bench.codec.preprocess import MEAN, STD
from bench.codec.spec import Batch, Form, Tensor
from bench.config import MAX_BATCH_SIZE
from bench.engine.spec import CHANNELS

POOL_COUNT = MAX_BATCH_SIZE + 32
PHOTO_SIZE = (500, 375)
"""Width and height of synthetic files, as many of ImageNet's have it [pixels]."""
PHOTO_QUALITY = 90
_GRIDS = (4, 16, 64, 256)
"""Patches in a row and a column of a synthetic file, one layer each."""


B_co = TypeVar("B_co", bound=Batch, covariant=True)


class ImagePool(Generic[B_co]):
    """Images in one form, never written after this; batches follow each other in them.

    Parameters
    ----------
    images : Files, Pixels or Tensor
        Distinct ones, as far as there are enough.
    """

    def __init__(self, images: B_co) -> None:
        repeats = -(-POOL_COUNT // len(images))
        self._images = images * repeats if isinstance(images, list) else images

    def batch(self, index: int, batch_size: int) -> B_co:
        """Return batch ``index``, which begins one image after the one before it."""
        first = index % (POOL_COUNT - batch_size + 1)
        return cast("B_co", self._images[first : first + batch_size])


def synthetic_pool(seed: int, side: int, form: Form) -> ImagePool[Batch]:
    """Return distinct images of noise; the same on every host for the same seed.

    Parameters
    ----------
    seed : int
        What they are drawn from.
    side : int
        Side of an image [pixels]; files are larger, as photographs are.
    form : Form
        What they are.
    """
    rng = np.random.default_rng(seed)
    if form is Form.FILES:
        return ImagePool([_photo(rng) for _ in range(POOL_COUNT)])
    if form is Form.PIXELS:
        shape = (POOL_COUNT, side, side, CHANNELS)
        return ImagePool(rng.integers(0, 256, shape, dtype=np.uint8))
    return tensor_pool(seed, side)


def tensor_pool(seed: int, side: int) -> ImagePool[Tensor]:
    """Return distinct images of noise, normalised; see :func:`synthetic_pool`."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (POOL_COUNT, CHANNELS, side, side), dtype=np.uint8)
    images: Tensor = pixels.astype(np.float32)
    images /= np.float32(255)
    images -= MEAN.reshape(1, -1, 1, 1)
    images /= STD.reshape(1, -1, 1, 1)
    return ImagePool(images)


def _photo(rng: np.random.Generator) -> bytes:
    """Return a JPEG of patches of all sizes, which compresses about as a photograph does."""
    pixels = np.zeros((*PHOTO_SIZE[::-1], CHANNELS), dtype=np.float32)
    for grid in _GRIDS:
        patches = rng.integers(0, 256, (grid, grid, CHANNELS), dtype=np.uint8)
        layer = Image.fromarray(patches).resize(PHOTO_SIZE, Image.Resampling.BICUBIC)
        pixels += np.asarray(layer, dtype=np.float32)
    low, high = pixels.min(), pixels.max()
    return encode_jpeg(((pixels - low) * (255 / (high - low))).astype(np.uint8), PHOTO_QUALITY)
