"""Attack: a header that would take memory and time to read."""

from bench.wire import MAX_HEADER_BYTES, decode
from tests.wire.raw import PREFIX, TENSOR, header, refused, request


def test_a_header_over_the_limit_is_refused_unread() -> None:
    error = refused(PREFIX + b"\xc1" * MAX_HEADER_BYTES, TENSOR)
    assert error.field == "header"
    assert error.value == f"{MAX_HEADER_BYTES + 4} bytes"
    assert error.limit == "at most 65536 bytes"


def test_a_header_of_just_the_limit_is_read() -> None:
    padding = MAX_HEADER_BYTES - len(request(pad="")) - 2  # the longer length field
    frame = request(pad="x" * padding)
    assert len(frame) == MAX_HEADER_BYTES
    decode([frame, TENSOR])


def test_text_longer_than_its_field_is_refused() -> None:
    assert "length <= 256" in str(refused(request(session="s" * 257), TENSOR))
    failure = {"type": "failure", "sequence": None, "message": "m" * 4097}
    assert "length <= 4096" in str(refused(header(failure)))


def test_what_a_stranger_wrote_is_cut_in_the_error() -> None:
    error = refused(header({"type": "x" * 60_000}))
    assert "Invalid value 'xxx" in str(error)
    assert len(str(error)) < 300
