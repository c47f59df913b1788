"""Attack: a length that promises more than it brings, to make the reader allocate."""

import msgspec
import pytest

from tests.wire.raw import PREFIX, TENSOR, refused

LISTS = [b"\xdd\xff\xff\xff\xff", b"\xdc\xff\xff"]
OTHERS = [b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff"]


def welcome(engine: bytes) -> bytes:
    """Return a welcome whose facts hold one raw value."""
    start = {"type": "welcome", "session": "s", "port": 1}
    encoded = msgspec.msgpack.encode(start)
    return PREFIX + b"\x84" + encoded[1:] + b"\xa6engine\x81\xa1a" + engine


@pytest.mark.parametrize("value", LISTS + OTHERS)
def test_a_value_that_claims_four_thousand_million_items_is_refused(value: bytes) -> None:
    assert refused(welcome(value)).field == "header"


@pytest.mark.parametrize("value", LISTS)
def test_a_shape_that_claims_more_than_four_dimensions_is_refused(value: bytes) -> None:
    start = {"type": "request", "session": "s", "segment": 0, "sequence": 0, "dtype": "float32"}
    frame = PREFIX + b"\x86" + msgspec.msgpack.encode(start)[1:] + b"\xa5shape" + value
    assert "length <= 4" in str(refused(frame, TENSOR))


@pytest.mark.parametrize("value", [b"\xd4\x05\x00", b"\xc7\x01\x7f\x00"])
def test_an_extension_is_refused_because_facts_are_plain(value: bytes) -> None:
    assert refused(welcome(value)).field == "MessagePack extension"
