"""The tensor rounded to 11 significant bits, float16; the worker widens it to float32."""

from bench.codec.arrays import ArrayCodec
from bench.codec.spec import Codec, Form

CODEC: Codec = ArrayCodec("float16", Form.TENSOR, tolerance_fraction=0.001)
