"""The tensor as it is: float32. Nothing is copied on either side."""

from bench.codec.arrays import ArrayCodec
from bench.codec.spec import Codec, Form

CODEC: Codec = ArrayCodec("float32", Form.TENSOR)
