"""Decoding and resizing: any image that people have, and none that harms."""

import numpy as np
import pytest
from PIL import Image

from bench.codec.images import MAX_FILE_BYTES, MAX_PIXELS, decode_image, encode_jpeg, resize_image
from bench.codec.preprocess import MEAN, STD, normalise, preprocessing, to_pixels
from bench.codec.spec import Form
from tests.codec.pictures import encoded, png_that_claims, ramp


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "LA"])
def test_any_png_becomes_red_green_and_blue(mode: str) -> None:
    image = decode_image(encoded(ramp(20, 10), "PNG", mode))
    assert (image.mode, image.size) == ("RGB", (20, 10))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_any_jpeg_becomes_red_green_and_blue(mode: str) -> None:
    image = decode_image(encoded(ramp(20, 10), "JPEG", mode))
    assert (image.mode, image.size) == ("RGB", (20, 10))


@pytest.mark.parametrize("form", ["GIF", "TIFF", "BMP", "WEBP", "PPM"])
def test_other_formats_are_refused(form: str) -> None:
    with pytest.raises(ValueError, match="no JPEG or PNG that can be decoded"):
        decode_image(encoded(ramp(4, 4), form))


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9])
def test_a_file_that_is_cut_off_is_refused(form: str, kept: float) -> None:
    file = encoded(np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8), form)
    with pytest.raises(ValueError, match="can be decoded"):
        decode_image(file[: int(kept * len(file))])


def test_no_noise_in_place_of_bytes_is_anything_but_an_image_or_a_refusal() -> None:
    random = np.random.default_rng(2)
    file = bytearray(encoded(ramp(30, 30), "JPEG"))
    refused = 0
    for _ in range(300):
        hostile = file.copy()
        for place in random.integers(0, len(file), 8):
            hostile[place] = random.integers(0, 256)
        try:
            assert decode_image(bytes(hostile)).mode == "RGB"
        except ValueError:
            refused += 1
    assert refused > 10


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (2**31 - 1, 1), (8000, 5001)])
def test_a_few_bytes_that_claim_a_huge_image_are_refused_before_they_are_decoded(
    width: int, height: int
) -> None:
    file = png_that_claims(width, height)
    assert len(file) < 200
    with pytest.raises(ValueError, match=r"pixels|decompression bomb"):
        decode_image(file)


def test_the_limit_of_pixels_is_that_of_the_caller() -> None:
    file = encoded(ramp(10, 10))
    assert decode_image(file, 100).size == (10, 10)
    with pytest.raises(ValueError, match="10 x 10 pixels, and may have 99"):
        decode_image(file, 99)
    assert MAX_PIXELS > 12_000_000  # photographs of phones


def test_a_file_that_is_too_large_is_not_even_opened() -> None:
    with pytest.raises(ValueError, match=f"may have {MAX_FILE_BYTES}"):
        decode_image(bytes(MAX_FILE_BYTES + 1))


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (64, 64), (500, 375)])
def test_any_image_becomes_a_square_of_the_asked_size(size: tuple[int, int]) -> None:
    pixels = resize_image(Image.fromarray(ramp(*size)), 32)
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8


def test_the_square_is_the_centre_of_the_shorter_side() -> None:
    pixels = resize_image(Image.fromarray(ramp(512, 256)), 224)
    red, green = pixels[..., 0].astype(int), pixels[..., 1].astype(int)
    # 224 of the 256 rows, and as many of the 512 columns.
    assert [green[0, 0], green[-1, 0]] == pytest.approx([255 * 16 / 255, 255 * 239 / 255], abs=2)
    assert [red[0, 0], red[0, -1]] == pytest.approx([255 * 144 / 511, 255 * 367 / 511], abs=2)


def test_a_tensor_has_the_mean_and_spread_that_models_expect() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    expected = (pixels.astype(np.float64) / 255 - MEAN) / STD
    assert np.allclose(normalise(pixels), expected.transpose(0, 3, 1, 2), atol=1e-5)


def test_pixels_are_those_of_the_files_and_an_error_names_the_place() -> None:
    files = [encoded(ramp(32, 32)), encoded(ramp(32, 32)[:, ::-1])]
    pixels = to_pixels(files, 16)
    assert pixels.shape == (2, 16, 16, 3)
    assert pixels[0, 0, 0, 0] < pixels[1, 0, 0, 0]
    with pytest.raises(ValueError, match="image 1 of the batch: it is no JPEG or PNG"):
        to_pixels([files[0], b"no image"], 16)


@pytest.mark.parametrize("form", list(Form))
def test_a_batch_that_has_its_form_is_not_touched(form: Form) -> None:
    assert preprocessing(form, form, 32) is None
    assert preprocessing(Form.TENSOR, form, 32) is None


def test_preprocessing_goes_all_the_way() -> None:
    files = [encode_jpeg(ramp(40, 30), 90)]
    both = preprocessing(Form.FILES, Form.TENSOR, 32)
    first, second = (
        preprocessing(Form.FILES, Form.PIXELS, 32),
        preprocessing(Form.PIXELS, Form.TENSOR, 32),
    )
    assert both is not None
    assert first is not None
    assert second is not None
    assert np.array_equal(np.asarray(both(files)), np.asarray(second(first(files))))
