"""What no room knows: a model of three classes, a codec of half the bytes, a link that counts."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.codec.spec import Batch, Encoded, Form
from bench.engine.spec import HostEngine
from bench.records import Facts
from bench.transport.data import open_data_link
from bench.transport.link import Link
from bench.wire import Buffer

MODEL, CODEC = "means", "halves"
COUNTS = "SCALEBENCH_TEST_COUNTS"
_SCALE = 1000.0


class MeansEngine(HostEngine):
    """Answers with the least, the mean and the greatest pixel of an image.

    It says that it copies, as an engine on a device does.
    """

    copies = True
    class_count = 3

    def facts(self) -> Facts:
        """Return what it is."""
        return {"engine": MODEL, "dtype": "float32", "threads": 1}

    def prepare(self, batch: npt.NDArray[np.float32]) -> object:
        """Return one row of pixels an image."""
        return batch.reshape(len(batch), -1)

    def infer(self, batch: object) -> memoryview:
        """Return three logits an image."""
        assert isinstance(batch, np.ndarray)
        answers = np.stack([batch.min(axis=1), batch.mean(axis=1), batch.max(axis=1)], axis=1)
        return np.ascontiguousarray(answers, dtype=np.float32).data.cast("B")


class HalvesCodec:
    """Two pixels share four bytes: each is a whole number of thousandths.

    The wire knows float32 only, so the shape of a tensor is that of its four bytes.
    """

    form = Form.TENSOR
    tolerance_fraction: float | None = 0.001

    def encode(self, batch: Batch) -> Encoded:
        """Return half the bytes of a batch."""
        assert isinstance(batch, np.ndarray)
        packed = np.round(batch * _SCALE).astype(np.int16).view(np.float32)
        return Encoded("float32", packed.shape, packed.data.cast("B"))

    def decode(self, dtype: str, shape: tuple[int, ...], payload: Buffer) -> Batch:  # noqa: ARG002
        """Return the batch, to a thousandth."""
        pixels = np.frombuffer(payload, dtype=np.int16).astype(np.float32) / np.float32(_SCALE)
        *outer, last = shape
        return pixels.reshape(*outer, 2 * last)

    def payload_bytes(self, shape: tuple[int, ...]) -> int:
        """Return two bytes for each pixel."""
        return 2 * int(np.prod(shape))


class CountingLink:
    """A connection over TCP that counts what it carries, into a file."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._link: Link = open_data_link(*arguments, **options)
        self._file = Path(os.environ[COUNTS]).open("a", encoding="utf-8")  # noqa: SIM115 - closed below
        self.address = self._link.address
        self.receive = self._link.receive
        self.lost = self._link.lost

    def send(self, header: bytes, payload: memoryview) -> None:
        """Send a message, and note its size."""
        self._file.write(f"{payload.nbytes}\n")
        self._link.send(header, payload)

    def close(self) -> None:
        """Close the connection and the file."""
        self._file.close()
        self._link.close()


def open_means_engine(*_: Any, **__: Any) -> MeansEngine:
    """Return the engine, whatever was asked for."""
    return MeansEngine()


def open_halves_codec(_name: str, _preprocess: str) -> HalvesCodec:
    """Return the codec, whatever was asked for."""
    return HalvesCodec()
