"""Attack: bytes of another protocol."""

import pytest

from tests.wire.raw import PREFIX, TENSOR, refused, request


@pytest.mark.parametrize(
    "prefix", [b"", b"S", b"SC", b"scb\x01", b"GET / HTTP/1.1\r\n\r\n", b"\x80\x04\x95", b"\0" * 64]
)
def test_another_magic_is_refused_before_anything_else_is_read(prefix: bytes) -> None:
    error = refused(prefix + request()[len(PREFIX) :], TENSOR)
    assert error.field == "magic"
    assert error.limit == "b'SCB'"


def test_only_the_first_bytes_of_a_foreign_message_are_shown() -> None:
    assert refused(b"x" * 1000).value == b"x" * 16
