"""Attack: text that is one character longer than its field."""

import pytest

from bench.wire import decode
from tests.wire.examples import KeyPath, declared, with_value
from tests.wire.raw import refused

LONGER = {("refusal", "asked"): 4096, ("refusal", "offered"): 4096, ("failure", "message"): 4096}
WORD = 256
HOST = 255
TEXTS = [(name, path) for name, path in declared(str) if path not in (("type",), ("dtype",))]


def max_length(name: str, path: KeyPath) -> int:
    """Return how many characters the field may have."""
    if path == ("data", "host"):
        return HOST
    return LONGER.get((name, str(path[-1])), WORD)


def test_every_text_field_is_among_them() -> None:
    assert len(TEXTS) == 26


@pytest.mark.parametrize(
    ("name", "path"), TEXTS, ids=lambda part: part if isinstance(part, str) else ".".join(part)
)
@pytest.mark.parametrize("character", ["x", "\u00fc", "\U0001f600"], ids=["1", "2", "4"])
def test_characters_count_not_bytes(name: str, path: KeyPath, character: str) -> None:
    length = max_length(name, path)
    decode(with_value(name, path, character * length))
    error = refused(*with_value(name, path, character * (length + 1)))
    assert f"length <= {length}" in str(error)
    assert f"$.{'.'.join(map(str, path))}" in str(error)


@pytest.mark.parametrize("name", ["request", "reply"])
def test_the_name_of_a_tensor_type_is_bounded_before_it_is_looked_up(name: str) -> None:
    assert refused(*with_value(name, ("dtype",), "x" * WORD)).field == "dtype"
    assert f"length <= {WORD}" in str(refused(*with_value(name, ("dtype",), "x" * (WORD + 1))))
