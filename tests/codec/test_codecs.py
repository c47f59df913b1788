"""What each codec must do, whatever it sends."""

import functools
import subprocess
import sys
from typing import cast

import numpy as np
import pytest

from bench.codec.files import FilesCodec
from bench.codec.float16 import convert
from bench.codec.images import MAX_FILE_BYTES
from bench.codec.open import CODECS, check_codec, default_preprocess, open_codec
from bench.codec.preprocess import preprocessing
from bench.codec.spec import Batch, Codec, Form, Pixels, Tensor, batch_bytes
from bench.engine.inputs import ImagePool, synthetic_pool
from bench.errors import UsageError
from bench.wire import ITEM_BYTES, tensor_bytes
from tests.codec.pictures import encoded, ramp

PLACES = [(name, place) for name, places in CODECS.items() for place in places]
SIDE = 32


@pytest.fixture(params=PLACES, ids="-".join)
def codec(request: pytest.FixtureRequest) -> Codec:
    return open_codec(*request.param)


@functools.cache
def photos() -> ImagePool[Batch]:
    """Return synthetic files; they take seconds to make."""
    return synthetic_pool(1, SIDE, Form.FILES)


def batch_of(codec: Codec, count: int) -> Batch:
    """Return synthetic images as the codec encodes them."""
    files = photos().batch(0, count)
    make = preprocessing(Form.FILES, codec.form, SIDE)
    return files if make is None else make(files)


def tensor_of(codec: Codec, batch: Batch) -> Tensor:
    """Return what a model gets of a batch."""
    make = preprocessing(codec.form, Form.TENSOR, SIDE)
    tensor = batch if make is None else make(batch)
    assert isinstance(tensor, np.ndarray)
    assert tensor.dtype == np.float32
    return cast("Tensor", tensor)


def sent(codec: Codec, batch: Batch) -> Batch:
    """Return a batch after it was encoded and decoded."""
    message = codec.encode(batch)
    return codec.decode(message.dtype, message.shape, bytes(message.payload))


@pytest.mark.parametrize("count", [1, 2, 5, 64])
def test_a_batch_arrives_with_all_its_images_in_their_order(codec: Codec, count: int) -> None:
    batch = batch_of(codec, count)
    before, after = tensor_of(codec, batch), tensor_of(codec, sent(codec, batch))
    assert after.shape == before.shape == (count, 3, SIDE, SIDE)
    if codec.tolerance_fraction == 0:
        assert np.array_equal(before, after)
    nearest = [
        min(range(count), key=lambda at: float(np.abs(before[at] - image).mean()))
        for image in after
    ]
    assert nearest == list(range(count))


def test_the_payload_is_what_the_header_says_and_within_the_stated_size(codec: Codec) -> None:
    for count in (1, 3):
        message = codec.encode(batch_of(codec, count))
        assert message.dtype in ITEM_BYTES
        assert tensor_bytes(message.dtype, message.shape) == message.payload.nbytes
        assert message.payload.nbytes <= codec.payload_bytes((count, 3, SIDE, SIDE))
        assert len(message.shape) <= 4


def test_float16_is_within_half_a_unit_of_the_last_of_11_bits() -> None:
    codec = open_codec("float16")
    batch = batch_of(codec, 4)
    assert isinstance(batch, np.ndarray)
    assert np.allclose(sent(codec, batch), batch, rtol=2**-11, atol=1e-7)


def test_float16_is_bit_by_bit_what_numpy_rounds_to_whatever_the_values() -> None:
    rng = np.random.default_rng(3)
    bits = rng.integers(0, 2**32, (2, 3, 200, 200), dtype=np.uint32)  # infinite ones, too
    values = np.where(np.isnan(bits.view(np.float32)), 0, bits.view(np.float32))
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float16)
    assert np.array_equal(convert(values, "float16").view(np.uint16), narrow.view(np.uint16))
    assert np.array_equal(convert(narrow, "float32"), narrow.astype(np.float32))
    narrow.flags.writeable = False
    assert np.array_equal(convert(narrow, "float32"), narrow.astype(np.float32))


def test_sizes_are_known_without_torch() -> None:
    code = (
        "import sys\n"
        "from bench.codec.open import CODECS, open_codec\n"
        "for name in CODECS:\n"
        "    assert open_codec(name).payload_bytes((1, 3, 32, 32))\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


THREADS = """
import numpy, psutil, torch
from bench.codec.float16 import convert

torch.set_num_threads(2)
counts = [psutil.Process().num_threads()]
batch = numpy.zeros((64, 3, 32, 32), numpy.float32)
convert(batch, "float16")
counts.append(psutil.Process().num_threads())
torch.from_numpy(batch).half()
counts.append(psutil.Process().num_threads())
print(*(count - counts[0] for count in counts))
"""


def test_a_conversion_starts_no_thread_where_torch_by_itself_would() -> None:
    command = [sys.executable, "-c", THREADS]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout == "0 0 1\n"


def test_a_jpeg_of_quality_90_is_close_to_its_pixels() -> None:
    codec = open_codec("jpeg", "client")
    batch = batch_of(codec, 4)
    assert isinstance(batch, np.ndarray)
    after = sent(codec, batch)
    assert isinstance(after, np.ndarray)
    deviation = np.abs(after.astype(int) - batch.astype(int))
    assert 0 < deviation.mean() < 8


@pytest.mark.parametrize("dtype", list(ITEM_BYTES))
def test_a_tensor_of_another_type_is_refused_with_both_types(codec: Codec, dtype: str) -> None:
    message = codec.encode(batch_of(codec, 1))
    if dtype == message.dtype:
        return
    with pytest.raises(ValueError, match=f"a tensor of {dtype} came where {message.dtype}"):
        codec.decode(dtype, message.shape, bytes(message.payload))


@pytest.mark.parametrize(("name", "words"), [("gif", "is not one of"), ("", "is not one of")])
def test_an_unknown_codec_is_refused_with_those_that_there_are(name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refusal:
        check_codec(name)
    assert all(known in str(refusal.value) for known in CODECS)


@pytest.mark.parametrize("name", ["float32", "float16", "uint8"])
def test_what_is_preprocessed_when_it_is_sent_has_nothing_left_for_the_worker(name: str) -> None:
    assert default_preprocess(name) == "client"
    with pytest.raises(UsageError, match=f"--preprocess worker: what {name} sends is decoded"):
        check_codec(name, "worker")


def test_files_are_decoded_by_the_worker_unless_told_otherwise() -> None:
    assert default_preprocess("jpeg") == "worker"
    assert isinstance(open_codec("jpeg", "worker"), FilesCodec)
    with pytest.raises(UsageError, match="'nowhere' is not client or worker"):
        check_codec("jpeg", "nowhere")


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x01",
        b"\x00\x00\x00\x00",
        b"\xff\xff\xff\xff",
        b"\x01\x00\x00\x00",
        b"\x01\x00\x00\x00\x05\x00\x00\x00abc",
        b"\x01\x00\x00\x00\x02\x00\x00\x00abc",
        b"\x02\x00\x00\x00\x03\x00\x00\x00\xff\xff\xff\xffabc",
    ],
)
@pytest.mark.parametrize("place", ["worker", "client"])
def test_files_that_do_not_fill_their_payload_are_refused(payload: bytes, place: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        open_codec("jpeg", place).decode("uint8", (max(1, len(payload)),), payload)


def test_a_file_above_the_limit_is_refused_before_it_is_copied() -> None:
    codec = open_codec("jpeg", "worker")
    message = codec.encode([bytes(MAX_FILE_BYTES + 1)])
    with pytest.raises(ValueError, match=f"at most {MAX_FILE_BYTES}"):
        codec.decode(message.dtype, message.shape, message.payload)


def test_images_of_several_sizes_are_no_batch_of_pixels() -> None:
    files = [encoded(ramp(8, 8), "JPEG"), encoded(ramp(8, 9), "JPEG")]
    message = open_codec("jpeg", "worker").encode(files)
    with pytest.raises(ValueError, match="same shape"):
        open_codec("jpeg", "client").decode(message.dtype, message.shape, message.payload)


def test_a_batch_knows_its_bytes() -> None:
    pixels: Pixels = ramp(4, 4)[None]
    assert batch_bytes(pixels) == 48
    assert batch_bytes([b"abc", b"de"]) == 5
