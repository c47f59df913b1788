"""Attack: facts that are no map, or whose names are no text."""

import msgspec
import pytest

from bench.wire import decode
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


@pytest.mark.parametrize(("name", "path"), PLACES)
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"bytes", "plain values, not bytes"),
        (msgspec.Raw(b"\xd6\xff\x00\x00\x00\x01"), "plain values, not datetime"),
        ([{"a": [b"bytes"]}], "plain values, not bytes"),
        ({1: 2}, "names of facts must be text"),
        (float("nan"), "finite numbers"),
        ([float("-inf")], "finite numbers"),
    ],
    ids=["bytes", "time", "bytes within", "number as name", "not a number", "infinite"],
)
def test_facts_that_could_not_be_stored_are_refused(
    name: str, path: KeyPath, value: object, words: str
) -> None:
    assert words in str(refused(*with_value(name, path, {"fact": value})))


@pytest.mark.parametrize(("name", "path"), PLACES)
def test_plain_facts_are_read(name: str, path: KeyPath) -> None:
    facts: dict[str, object] = {"a": None, "b": [True, 1, 1.5, "text"], "c": {"d": {"e": []}}}
    message, _ = decode(with_value(name, path, facts))
    assert getattr(message, str(path[0])) == facts


@pytest.mark.parametrize("key", [b"\x80", b"\x91\x80", b"\x81\x01\x01"], ids=repr)
def test_a_map_as_a_key_within_facts_is_refused(key: bytes) -> None:
    value = msgspec.Raw(b"\x81" + key + b"\x01")
    error = refused(*with_value("welcome", ("engine", "classes"), value))
    assert "map keys must be hashable" in str(error)
