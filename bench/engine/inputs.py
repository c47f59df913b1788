"""Distinct, seeded images, and the batches cut from them without a copy."""

import numpy as np
import numpy.typing as npt

from bench.config import MAX_BATCH_SIZE
from bench.engine.spec import CHANNELS

POOL_COUNT = MAX_BATCH_SIZE + 32
_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32).reshape(1, 3, 1, 1)
_STD = np.array([0.229, 0.224, 0.225], dtype=np.float32).reshape(1, 3, 1, 1)


class ImagePool:
    """Images of noise, normalised as torchvision's models expect; never written after this.

    Parameters
    ----------
    seed : int
        The same seed gives the same images on every host.
    image_size : int
        Side of an image [pixels].
    """

    def __init__(self, seed: int, image_size: int) -> None:
        rng = np.random.default_rng(seed)
        shape = (POOL_COUNT, CHANNELS, image_size, image_size)
        pixels = rng.integers(0, 256, shape, dtype=np.uint8)
        self._images: npt.NDArray[np.float32] = pixels.astype(np.float32)
        self._images /= np.float32(255)
        self._images -= _MEAN
        self._images /= _STD

    def batch(self, index: int, batch_size: int) -> npt.NDArray[np.float32]:
        """Return batch ``index``: a view, float32 [B, 3, S, S]; each begins one image later."""
        first = index % (POOL_COUNT - batch_size + 1)
        return self._images[first : first + batch_size]
