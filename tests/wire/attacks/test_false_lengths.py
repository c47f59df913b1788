"""Attack: a length that promises more than it brings, to make the reader allocate."""

import msgspec
import pytest

from tests.fuzz.tally import Tally
from tests.wire.examples import FIELDS, NAMES, paths, with_value
from tests.wire.raw import PREFIX, TENSOR, refused, request

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


@pytest.mark.parametrize("opening", [b"\xdf\xff\xff\xff\xff", b"\xde\xff\xff", b"\x8f"])
def test_a_message_that_claims_more_fields_than_it_brings_is_refused(opening: bytes) -> None:
    fields = request()[len(PREFIX) + 1 :]
    assert "truncated" in str(refused(PREFIX + opening + fields, TENSOR))


@pytest.mark.parametrize("value", LISTS + OTHERS)
def test_every_field_that_claims_more_than_it_brings_is_refused(value: bytes) -> None:
    for name in NAMES:
        for path in paths(FIELDS[name]):
            assert refused(*with_value(name, path, msgspec.Raw(value))).field == "header"


@pytest.mark.parametrize("value", LISTS + OTHERS)
def test_an_unknown_field_or_a_key_that_claims_more_is_refused(value: bytes) -> None:
    start = PREFIX + b"\x82\xa4type\xa8describe"
    assert refused(start + b"\xa3pad" + value).field == "header"
    assert refused(start + value).field == "header"


def test_false_lengths_in_one_another_take_no_memory_to_speak_of() -> None:
    tally = Tally()
    for value in LISTS + OTHERS:
        tally.check(with_value("welcome", ("engine", "classes"), msgspec.Raw(value * 900)))
    assert tally.outcomes == {"refused: header": len(LISTS + OTHERS)}


@pytest.mark.parametrize("value", [b"\xd4\x05\x00", b"\xc7\x01\x7f\x00"])
def test_an_extension_is_refused_because_facts_are_plain(value: bytes) -> None:
    assert refused(welcome(value)).field == "MessagePack extension"
