"""Attack: text that is not UTF-8."""

import pytest

from tests.wire.raw import PREFIX, TENSOR, refused, request


@pytest.mark.parametrize("text", [b"\xff", b"\xc0", b"\x80"])
def test_a_field_that_is_not_utf8_is_refused(text: bytes) -> None:
    frame = request(session="?").replace(b"\xa1?", b"\xa1" + text)
    assert refused(frame, TENSOR).field == "header"


@pytest.mark.parametrize("key", [b"\xff\xfe", b"\xed\xa0"])
def test_a_key_that_is_not_utf8_never_passes_for_a_field(key: bytes) -> None:
    assert refused(PREFIX + b"\x81\xa2" + key + b"\xa7request").field == "header"
