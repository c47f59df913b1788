"""Attack: nesting that exhausts the stack of a recursive reader."""

import pytest

from tests.wire.raw import PREFIX, refused, request


@pytest.mark.parametrize("depth", [5_000, 60_000])
@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa0"], ids=["lists", "maps"])
def test_deep_nesting_in_a_known_field_is_refused(opening: bytes, depth: int) -> None:
    frame = PREFIX + b"\x82\xa4type\xa7welcome\xa6engine" + b"\x81\xa1a"
    nested = opening * (min(depth, 60_000 // len(opening)))
    assert refused(frame + nested + b"\xc0").field == "header"


def test_deep_nesting_in_an_unknown_field_is_refused() -> None:
    frame = PREFIX + b"\x82\xa3pad" + b"\x91" * 60_000 + b"\xc0" + b"\xa4type\xa8describe"
    assert refused(frame).field == "header"


def test_deep_nesting_behind_the_message_is_refused() -> None:
    assert refused(request() + b"\x91" * 10_000, b"").field == "header"
