"""Attack: timestamps, and other extension types, where plain values belong."""

import msgspec
import pytest

from tests.fuzz.tally import Tally
from tests.wire.examples import declared, with_value
from tests.wire.raw import LAST_MOMENT, PREFIX, refused

TIMESTAMP = b"\xd6\xff\x00\x00\x00\x01"
EXTENSIONS = {
    "timestamp": TIMESTAMP,
    "of another type": b"\xd4\x05\x00",
    "empty": b"\xc7\x00\x05",
    "nested": b"\xc7\x03\x05\x91\x91\xc0",
    "without its bytes": b"\xc9\xff\xff\xff\xff\x05",
}
BAD_TIMESTAMPS = {
    "of a wrong length": b"\xd4\xff\x00",
    "with too many nanoseconds": b"\xd7\xff" + b"\xff" * 8,
    "before the year 1": b"\xc7\x0c\xff" + bytes(4) + b"\x80" + bytes(7),
    "after the year 9999": b"\xc7\x0c\xff" + bytes(4) + b"\x7f" + b"\xff" * 7,
}
FIELDS = [(name, path) for kind in (str, int, bool, list, dict) for name, path in declared(kind)]
FACT = ("welcome", ("engine", "classes"))


@pytest.mark.parametrize("value", EXTENSIONS.values(), ids=EXTENSIONS)
def test_an_extension_in_any_field_is_refused(value: bytes) -> None:
    for name, path in FIELDS:
        error = refused(*with_value(name, path, msgspec.Raw(value)))
        assert error.field == "header", (name, path)


@pytest.mark.parametrize("value", EXTENSIONS.values(), ids=EXTENSIONS)
def test_an_extension_in_place_of_a_message_or_a_key_is_refused(value: bytes) -> None:
    assert refused(PREFIX + value).field == "header"
    assert refused(PREFIX + b"\x82\xa4type\xa8describe" + value + b"\x01").field == "header"


@pytest.mark.parametrize("around", [b"", b"\x91", b"\x81\xa1a", b"\x81"], ids=repr)
def test_a_type_without_a_meaning_is_refused_among_facts(around: bytes) -> None:
    """In place of a value, in a list, in a map, and as the key of a map."""
    value = msgspec.Raw(around + b"\xd4\x05\x00" + b"\x01" * around.count(b"\x81"))
    error = refused(*with_value(*FACT, value))
    assert (error.field, error.value) == ("MessagePack extension", 5)


@pytest.mark.parametrize("value", BAD_TIMESTAMPS.values(), ids=BAD_TIMESTAMPS)
def test_a_time_that_does_not_exist_is_refused_among_facts(value: bytes) -> None:
    assert "imestamp" in str(refused(*with_value(*FACT, msgspec.Raw(value))))


@pytest.mark.parametrize("around", [b"", b"\x91", b"\x81"], ids=repr)
def test_a_time_among_facts_gives_a_message_or_an_error(around: bytes) -> None:
    value = around + TIMESTAMP + b"\x01" * around.count(b"\x81")
    tally = Tally()
    tally.check(with_value(*FACT, msgspec.Raw(value)))
    assert tally.count == 1


def test_a_time_that_is_rounded_into_the_year_10000_is_refused() -> None:
    assert refused(*with_value(*FACT, msgspec.Raw(LAST_MOMENT))).field == "header"
