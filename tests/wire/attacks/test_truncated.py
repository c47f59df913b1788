"""Attack: a message that ends early, at every byte."""

import pytest

from bench.wire.messages import Message
from tests.wire.examples import EXAMPLES, NAMES, frames_of
from tests.wire.raw import TENSOR, refused, request


@pytest.mark.parametrize("message", EXAMPLES, ids=NAMES)
def test_every_header_that_is_cut_short_is_refused(message: Message) -> None:
    header, *tensor = frames_of(message)
    for length in range(len(header)):
        assert refused(header[:length], *tensor).field in ("magic", "protocol version", "header")


def test_every_tensor_that_is_cut_short_is_refused() -> None:
    for length in range(len(TENSOR)):
        assert refused(request(), TENSOR[:length]).value == f"{length} bytes"


@pytest.mark.parametrize("message", EXAMPLES, ids=NAMES)
def test_bytes_behind_a_header_are_refused(message: Message) -> None:
    header, *tensor = frames_of(message)
    for more in (b"\x00", b"\xc0", b"\xc1", header[4:]):
        assert "trailing characters" in str(refused(header + more, *tensor))
