"""Attack: nesting that exhausts the stack of a recursive reader."""

from collections.abc import Callable

import msgspec
import pytest

from bench.wire.messages import MAX_FACT_LEVELS
from tests.fuzz.tally import Tally
from tests.wire.examples import with_value
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


NESTED: dict[str, Callable[[int], bytes]] = {
    "lists": lambda depth: b"\x91" * depth + b"\xc0",
    "maps": lambda depth: b"\x81\xa0" * depth + b"\xc0",
    "maps in lists": lambda depth: b"\x91\x81\xa0" * (depth // 2) + b"\xc0",
    "lists in maps": lambda depth: b"\x81\xa0\x91" * (depth // 2) + b"\xc0",
    "lists as a key": lambda depth: b"\x81" + b"\x91" * depth + b"\xc0\xc0",
}
REFUSED: dict[str, Callable[[int], bytes]] = {
    "maps as keys": lambda depth: b"\x81" * depth + b"\xc0" * (depth + 1),
    "an extension in lists": lambda depth: b"\x91" * depth + b"\xd4\x05\x00",
    "lists in an extension": lambda depth: (
        b"\xc9" + depth.to_bytes(4, "big") + b"\x05" + b"\x91" * depth
    ),
}


def fact(value: bytes) -> Tally:
    """Return what comes of a value among facts."""
    tally = Tally()
    tally.check(with_value("welcome", ("engine", "classes"), msgspec.Raw(value)))
    return tally


def unknown(value: bytes) -> Tally:
    """Return what comes of a value in a field that does not exist."""
    tally = Tally()
    tally.check([PREFIX + b"\x82\xa4type\xa8describe\xa3pad" + value])
    return tally


@pytest.mark.parametrize("nested", NESTED.values(), ids=NESTED)
def test_facts_have_few_levels_and_what_is_not_read_has_a_hundred(
    nested: Callable[[int], bytes],
) -> None:
    is_key = nested is NESTED["lists as a key"]
    assert fact(nested(4)).refused_count == is_key
    error = refused(*with_value("welcome", ("engine", "classes"), msgspec.Raw(nested(10))))
    assert ("names of facts" if is_key else f"at most {MAX_FACT_LEVELS} levels") in str(error)
    assert unknown(nested(100)).outcomes == {"describe": 1}


@pytest.mark.parametrize("depth", [900, 1_000, 10_000, 60_000])
@pytest.mark.parametrize("nested", NESTED.values(), ids=NESTED)
def test_deeper_nesting_gives_a_message_or_an_error(
    nested: Callable[[int], bytes], depth: int
) -> None:
    """How many levels are read depends on the version of Python."""
    assert fact(nested(depth)).count == 1
    assert unknown(nested(depth)).count == 1


@pytest.mark.parametrize("nested", NESTED.values(), ids=NESTED)
def test_a_hundred_thousand_levels_are_refused_for_their_size(
    nested: Callable[[int], bytes],
) -> None:
    error = refused(*with_value("welcome", ("engine", "classes"), msgspec.Raw(nested(100_000))))
    assert error.limit == "at most 65536 bytes"


@pytest.mark.parametrize("depth", [2, 100, 1_000, 10_000])
@pytest.mark.parametrize("nested", REFUSED.values(), ids=REFUSED)
def test_what_no_fact_is_is_refused_at_every_depth(
    nested: Callable[[int], bytes], depth: int
) -> None:
    assert fact(nested(depth)).refused_count == 1
    assert unknown(nested(depth)).count == 1
