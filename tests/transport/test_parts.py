"""A tensor in several parts of a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.transport.parts import PART_BYTES, joined, split
from bench.wire import WireError


@given(st.integers(0, 3 * PART_BYTES))
def test_parts_are_the_payload_and_are_joined_to_it(size: int) -> None:
    payload = bytes(range(251)) * (size // 251 + 1)
    payload = payload[:size]
    parts = split(memoryview(payload))
    assert all(len(part) == PART_BYTES for part in parts[:-1])
    assert b"".join(parts) == payload
    if parts:
        assert joined([b"header", *parts], size) == [b"header", payload]


def test_a_tensor_in_one_part_is_not_copied() -> None:
    payload = memoryview(bytes(100))
    assert joined([b"header", payload], 100)[1] is payload


def test_more_than_the_limit_is_not_joined() -> None:
    with pytest.raises(WireError, match="tensor is 30 bytes; it must be at most 29 bytes"):
        joined([b"header", *[bytes(10)] * 3], 29)


@pytest.mark.parametrize("frames", [[], [b"header"]])
def test_a_message_without_a_tensor_stays_as_it_is(frames: list[bytes]) -> None:
    assert joined(frames, 0) == frames
