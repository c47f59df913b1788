"""Preprocessing: encoded files become pixels, and pixels become the tensor of a model."""

from collections.abc import Callable
from typing import cast

import numpy as np
import numpy.typing as npt

from bench.codec.images import decode_image, resize_image
from bench.codec.spec import Batch, Files, Form, Pixels, Tensor

MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
STD = np.array([0.229, 0.224, 0.225], dtype=np.float32)
"""Of the images that torchvision's models were trained on, by channel, of the range 0 to 1."""
Preprocess = Callable[[Batch], Batch]


def preprocessing(begin: Form, end: Form, side: int) -> Preprocess | None:
    """Return what turns a batch of one form into another; None where nothing is to be done.

    Parameters
    ----------
    begin, end : Form
        The form of its input, and that of its output.
    side : int
        Side of an image of the output [pixels].
    """
    if begin >= end:
        return None
    if begin is Form.PIXELS:
        return lambda batch: normalise(cast("Pixels", batch))
    if end is Form.PIXELS:
        return lambda batch: to_pixels(cast("Files", batch), side)
    return lambda batch: normalise(to_pixels(cast("Files", batch), side))


def to_pixels(files: Files, side: int) -> Pixels:
    """Return files as pixels, uint8 [B, side, side, 3]: decoded, cropped and resized.

    Raises
    ------
    ValueError
        Naming the first one that is no image, by its place.
    """
    pixels = np.empty((len(files), side, side, 3), dtype=np.uint8)
    for place, file in enumerate(files):
        try:
            pixels[place] = resize_image(decode_image(file), side)
        except ValueError as error:
            raise ValueError(f"image {place} of the batch: {error}") from error
    return pixels


def normalise(pixels: Pixels) -> Tensor:
    """Return pixels, uint8 [B, S, S, 3], as a tensor, float32 [B, 3, S, S]."""
    count, height, width, channels = pixels.shape
    tensor: npt.NDArray[np.float32] = np.empty((count, channels, height, width), dtype=np.float32)
    scale, shift = 1 / (255 * STD), MEAN / STD
    for image, result in zip(pixels, tensor, strict=True):  # one image stays in the cache
        for channel in range(channels):
            np.multiply(image[..., channel], scale[channel], out=result[channel])
            result[channel] -= shift[channel]
    return tensor
