"""Resized pixels as they are, a quarter of the tensor's bytes; the worker normalises them."""

from bench.codec.arrays import ArrayCodec
from bench.codec.spec import Codec, Form

CODEC: Codec = ArrayCodec("uint8", Form.PIXELS)
