"""Attack: text that is not UTF-8."""

import msgspec
import pytest

from tests.wire.examples import declared, with_value
from tests.wire.raw import PREFIX, TENSOR, refused, request

TEXTS = declared(str)
BAD = {
    "no first byte": b"\x80",
    "cut short": b"a\xc3",
    "longer than needed": b"\xc0\x80",
    "a surrogate": b"\xed\xa0\x80",
    "beyond Unicode": b"\xf4\x90\x80\x80",
    "a byte of Latin-1": b"\xfc",
}


@pytest.mark.parametrize("text", [b"\xff", b"\xc0", b"\x80"])
def test_a_field_that_is_not_utf8_is_refused(text: bytes) -> None:
    frame = request(session="?").replace(b"\xa1?", b"\xa1" + text)
    assert refused(frame, TENSOR).field == "header"


@pytest.mark.parametrize("key", [b"\xff\xfe", b"\xed\xa0"])
def test_a_key_that_is_not_utf8_never_passes_for_a_field(key: bytes) -> None:
    assert refused(PREFIX + b"\x81\xa2" + key + b"\xa7request").field == "header"


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_bytes_that_are_not_utf8_are_refused_in_every_text(text: bytes) -> None:
    raw = msgspec.Raw(bytes([0xA0 + len(text)]) + text)
    for name, path in TEXTS:
        assert refused(*with_value(name, path, raw)).field == "header", (name, path)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_fact_that_is_not_utf8_is_refused_as_a_value_and_as_a_key(text: bytes) -> None:
    encoded = bytes([0xA0 + len(text)]) + text
    for value in (encoded, b"\x81" + encoded + b"\x01"):
        frames = with_value("welcome", ("engine", "classes"), msgspec.Raw(value))
        assert refused(*frames).field == "header"
    frames = with_value("welcome", ("engine",), msgspec.Raw(b"\x81" + encoded + b"\x01"))
    assert refused(*frames).field == "header"
