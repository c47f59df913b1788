"""Attack: too many frames, or too few."""

import pytest

from bench.wire import encode
from bench.wire.messages import Describe
from tests.wire.raw import TENSOR, refused, request


@pytest.mark.parametrize("count", [3, 4, 1000])
def test_more_than_two_frames_are_refused_unread(count: int) -> None:
    for first in (request(), b"no header"):
        error = refused(first, *[TENSOR] * (count - 1))
        assert error.field == "number of frames"
        assert error.value == count


def test_no_frame_at_all_is_refused() -> None:
    assert refused().value == 0


def test_a_request_without_its_tensor_is_refused() -> None:
    assert refused(request()).limit == "2 for a message with a tensor"


def test_a_tensor_behind_a_message_that_has_none_is_refused() -> None:
    assert refused(encode(Describe()), TENSOR).limit == "1 for a message without a tensor"
