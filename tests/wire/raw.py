"""Headers written by hand, so that attacks can say what the encoder never would."""

from typing import Any

import msgspec
import pytest

from bench.wire import MAGIC, PROTOCOL_VERSION, WireError, decode

PREFIX = MAGIC + bytes([PROTOCOL_VERSION])
REQUEST: dict[str, Any] = {
    "type": "request",
    "session": "s",
    "segment": 0,
    "sequence": 0,
    "dtype": "float32",
    "shape": [1, 3, 2, 2],
}
LAST_MOMENT = b"\xc7\x0c\xff\x3b\x9a\xc9\xff\x00\x00\x00\x3a\xff\xf4\x41\x7f"
"""The timestamp of the last nanosecond of the year 9999, which is rounded into the year 10000."""
TENSOR = bytes(4 * 1 * 3 * 2 * 2)


def header(fields: dict[str, Any]) -> bytes:
    """Return frame 0 with ``fields``, whatever they are."""
    return PREFIX + msgspec.msgpack.encode(fields)


def request(**changed: Any) -> bytes:
    """Return the header of a valid request, but for what is ``changed``."""
    return header({**REQUEST, **changed})


def refused(*frames: bytes) -> WireError:
    """Return the error that decoding ``frames`` must raise."""
    with pytest.raises(WireError) as caught:
        decode(frames)
    assert caught.value.field
    assert caught.value.limit
    assert len(str(caught.value)) < 1000, "an error must be short enough to travel"
    return caught.value
