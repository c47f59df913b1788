"""Attack: a key that comes twice, so that one reader may see another value than the next."""

import msgspec
import pytest

from bench.wire import decode
from bench.wire.messages import Request, Welcome
from tests.wire.examples import FIELDS
from tests.wire.raw import PREFIX, TENSOR, refused

FIRST = ("type", "request")
REST = [(key, value) for key, value in FIELDS["request"].items() if key != "type"]


def with_pairs(*pairs: tuple[object, object]) -> bytes:
    """Return a header with these keys and values, in this order."""
    encoded = b"".join(map(msgspec.msgpack.encode, (each for pair in pairs for each in pair)))
    return PREFIX + bytes([0x80 + len(pairs)]) + encoded


@pytest.mark.parametrize(
    "pairs",
    [
        [FIRST, ("type", "describe"), *REST],
        [FIRST, *REST, ("type", "describe")],
        [("type", "describe"), *REST, FIRST],
        [*REST, FIRST, ("type", "describe")],
    ],
)
def test_a_second_type_is_refused(pairs: list[tuple[object, object]]) -> None:
    assert "$.type" in str(refused(with_pairs(*pairs), TENSOR))


def test_the_same_type_twice_is_no_other_message() -> None:
    message, _ = decode([with_pairs(FIRST, *REST, FIRST), TENSOR])
    assert isinstance(message, Request)


@pytest.mark.parametrize("shape", [[0], [2**32], [1] * 5, None])
def test_each_of_two_values_is_checked(shape: object) -> None:
    for pairs in ([("shape", shape), *REST], [*REST, ("shape", shape)]):
        assert "$.shape" in str(refused(with_pairs(FIRST, *pairs), TENSOR))


def test_the_tensor_is_compared_with_the_shape_that_is_returned() -> None:
    small, large = ("shape", [1]), ("shape", [1, 3, 2, 2])
    message, _ = decode([with_pairs(FIRST, small, *REST, large), TENSOR])
    assert isinstance(message, Request)
    assert message.shape == (1, 3, 2, 2)
    assert refused(with_pairs(FIRST, *REST, small), TENSOR).limit == "4 bytes for shape (1,)"


def test_the_last_of_two_facts_counts() -> None:
    facts = b"\x82\xa1a\x01\xa1a\x02"
    start = {name: value for name, value in FIELDS["welcome"].items() if name != "engine"}
    message, _ = decode([with_pairs(*start.items(), ("engine", msgspec.Raw(facts)))])
    assert isinstance(message, Welcome)
    assert message.engine == {"a": 2}


@pytest.mark.parametrize("key", [None, 1, True, 1.5, b"type", [], {}, ["type"]])
def test_a_key_that_is_no_text_is_refused(key: object) -> None:
    start = [FIRST, *REST]
    assert refused(with_pairs(*start, (key, 1)), TENSOR).field == "header"
    assert refused(with_pairs((key, 1), *start), TENSOR).field == "header"
