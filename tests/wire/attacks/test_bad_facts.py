"""Attack: facts that are no map, or whose names are no text."""

import msgspec
import pytest

from tests.wire.examples import FACTS, KeyPath, with_value
from tests.wire.raw import refused

PLACES = [(name, path) for name, facts in FACTS.items() for path in facts]


@pytest.mark.parametrize(("name", "path"), PLACES)
@pytest.mark.parametrize("value", [None, 1, True, "facts", b"facts", [], [["a", 1]]], ids=repr)
def test_facts_that_are_no_map_are_refused_by_name(name: str, path: KeyPath, value: object) -> None:
    assert f"$.{path[0]}" in str(refused(*with_value(name, path, value)))


@pytest.mark.parametrize(("name", "path"), PLACES)
@pytest.mark.parametrize("key", [None, 1, True, 1.5, b"a", [], {}], ids=repr)
def test_facts_whose_names_are_no_text_are_refused(name: str, path: KeyPath, key: object) -> None:
    value = msgspec.Raw(b"\x81" + msgspec.msgpack.encode(key) + b"\x01")
    assert f"`key` in `$.{path[0]}`" in str(refused(*with_value(name, path, value)))


@pytest.mark.parametrize("key", [b"\x80", b"\x91\x80", b"\x81\x01\x01"], ids=repr)
def test_a_map_as_a_key_within_facts_is_refused(key: bytes) -> None:
    value = msgspec.Raw(b"\x81" + key + b"\x01")
    error = refused(*with_value("welcome", ("engine", "classes"), value))
    assert "map keys must be hashable" in str(error)
