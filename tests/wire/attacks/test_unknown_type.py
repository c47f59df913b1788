"""Attack: a message that does not exist, or names no type."""

import pytest

from tests.wire.raw import PREFIX, header, refused


@pytest.mark.parametrize(
    "tag", ["", "exec", "Request", "request ", "__class__", "bench.wire.messages.Request"]
)
def test_a_type_outside_the_closed_set_is_refused(tag: str) -> None:
    error = refused(header({"type": tag}))
    assert error.field == "header"
    assert "$.type" in str(error)


@pytest.mark.parametrize("tag", [None, 1, ["request"], {"request": 1}, b"request"])
def test_a_type_that_is_no_text_is_refused(tag: object) -> None:
    assert refused(header({"type": tag})).field == "header"


def test_a_map_without_a_type_is_refused() -> None:
    assert "missing required field `type`" in str(refused(header({"session": "s"})))


@pytest.mark.parametrize("body", [b"\x90", b"\xc0", b"\x01", b"\xa7request", b"\xc1", b""])
def test_a_header_that_is_no_map_is_refused(body: bytes) -> None:
    assert refused(PREFIX + body).field == "header"
