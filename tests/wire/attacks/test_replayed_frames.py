"""Attack: frames of valid messages, in another order, or with those of another message.

A tensor of the right size is taken whoever sent it: the client compares session, segment and
sequence of an answer with those of its request.
"""

import pytest

from bench.wire import encode
from bench.wire.messages import Message
from tests.wire.examples import EXAMPLES, NAMES, frames_of
from tests.wire.raw import TENSOR, refused, request

PLAIN = [message for message in EXAMPLES if len(frames_of(message)) == 1]
(REQUEST, REPLY) = (message for message in EXAMPLES if len(frames_of(message)) > 1)


def test_the_tensor_of_another_message_is_refused_for_its_size() -> None:
    header, *_ = frames_of(REPLY)
    error = refused(header, TENSOR)
    assert (error.field, error.value) == ("tensor", f"{len(TENSOR)} bytes")
    assert error.limit == "40 bytes for shape (1, 10)"


@pytest.mark.parametrize("message", EXAMPLES, ids=NAMES)
def test_a_header_in_place_of_a_tensor_is_refused(message: Message) -> None:
    header = encode(message)
    assert refused(header, header).field in ("tensor", "number of frames")
    assert refused(request(), header).field == "tensor"


@pytest.mark.parametrize("message", EXAMPLES, ids=NAMES)
def test_a_tensor_in_place_of_a_header_is_refused(message: Message) -> None:
    header = encode(message)
    assert refused(TENSOR).field == "magic"
    assert refused(TENSOR, header).field == "magic"


@pytest.mark.parametrize("message", EXAMPLES, ids=NAMES)
def test_a_message_that_comes_twice_in_one_is_refused(message: Message) -> None:
    frames = frames_of(message)
    assert refused(*frames, *frames).field in ("tensor", "number of frames")
    assert refused(*frames[:1], *frames).field in ("tensor", "number of frames")


@pytest.mark.parametrize("second", PLAIN, ids=lambda message: type(message).__name__)
def test_two_messages_in_one_are_refused(second: Message) -> None:
    for frames in ((encode(second), *frames_of(REQUEST)), (*frames_of(REQUEST), encode(second))):
        assert refused(*frames).field in ("tensor", "number of frames")


@pytest.mark.parametrize("message", PLAIN, ids=lambda message: type(message).__name__)
@pytest.mark.parametrize("tensor", [b"", TENSOR], ids=["empty", "48 bytes"])
def test_a_tensor_where_none_belongs_is_refused(message: Message, tensor: bytes) -> None:
    assert refused(encode(message), tensor).limit == "1 for a message without a tensor"


@pytest.mark.parametrize("message", [REQUEST, REPLY], ids=["request", "reply"])
def test_a_message_whose_tensor_is_missing_or_empty_is_refused(message: Message) -> None:
    header = encode(message)
    assert refused(header).field == "number of frames"
    assert refused(header, b"").value == "0 bytes"
