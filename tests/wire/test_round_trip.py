"""What is encoded decodes to itself; any other bytes give an error of the protocol."""

from typing import get_args

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.wire import MAX_HEADER_BYTES, WireError, decode, encode, tensor_bytes
from bench.wire.frames import expect
from bench.wire.messages import Describe, Failure, Message, Reply, Request
from tests.wire.examples import EXAMPLES, NAMES
from tests.wire.raw import PREFIX, TENSOR, refused, request
from tests.wire.strategies import plain_messages, tensor_messages, trees


def test_there_is_an_example_of_every_message() -> None:
    assert [type(message) for message in EXAMPLES] == list(get_args(Message))
    assert [kind.__struct_config__.tag for kind in get_args(Message)] == NAMES


@given(plain_messages)
def test_a_message_without_a_tensor_survives_the_wire(message: Message) -> None:
    assert decode([encode(message)]) == (message, None)


@given(tensor_messages)
def test_a_message_with_a_tensor_survives_the_wire(message: Request | Reply) -> None:
    tensor = bytes(tensor_bytes(message.dtype, message.shape))
    decoded, payload = decode([encode(message), tensor])
    assert decoded == message
    assert payload is tensor, "the tensor must not be copied"


@given(plain_messages | tensor_messages)
def test_every_message_the_encoder_makes_fits_a_header(message: Message) -> None:
    assert len(encode(message)) <= MAX_HEADER_BYTES


def test_a_header_may_lie_in_a_memoryview() -> None:
    tensor = memoryview(TENSOR)
    message, payload = decode([memoryview(request()), tensor])
    assert isinstance(message, Request)
    assert payload is tensor


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=200), max_size=4))
@example([])
@example([b""])
@example([b"SCB"])
@example([PREFIX])
def test_arbitrary_frames_give_a_message_or_an_error_of_the_protocol(frames: list[bytes]) -> None:
    decodes_or_is_refused(frames)


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_behind_a_good_prefix_do_too(body: bytes) -> None:
    decodes_or_is_refused([PREFIX + body])


@given(
    st.dictionaries(st.sampled_from(["session", "segment", "sequence", "shape", "engine"]), trees),
    st.sampled_from(["request", "reply", "welcome", "description", "hello", "failure", "describe"]),
)
def test_well_formed_but_wrong_fields_do_too(fields: dict[str, object], tag: str) -> None:
    body = msgspec.msgpack.encode({"type": tag, **fields})
    decodes_or_is_refused([PREFIX + body])
    decodes_or_is_refused([PREFIX + body, TENSOR])


@given(tensor_messages, st.data())
def test_a_damaged_header_does_too(message: Request | Reply, data: st.DataObject) -> None:
    header = bytearray(encode(message))
    position = data.draw(st.integers(0, len(header) - 1))
    header[position] ^= data.draw(st.integers(1, 255))
    decodes_or_is_refused([bytes(header), bytes(tensor_bytes(message.dtype, message.shape))])


@given(plain_messages | tensor_messages, st.data())
def test_a_header_cut_short_is_refused(message: Message, data: st.DataObject) -> None:
    header = encode(message)
    cut = header[: data.draw(st.integers(0, len(header) - 1))]
    with pytest.raises(WireError):
        decode([cut])


def test_an_unexpected_message_is_refused_with_both_names() -> None:
    assert expect(Describe, Describe()) == Describe()
    with pytest.raises(WireError, match="type is describe; it must be reply or failure"):
        expect((Reply, Failure), Describe())


def decodes_or_is_refused(frames: list[bytes]) -> None:
    try:
        message, payload = decode(frames)
    except WireError:
        refused(*frames)
        return
    assert isinstance(message, Message)
    assert (payload is None) == (not isinstance(message, Request | Reply))
