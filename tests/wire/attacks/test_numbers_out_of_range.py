"""Attack: counts below zero, above what a float holds exactly, or of another kind."""

import pytest

from tests.wire.examples import declared, with_value
from tests.wire.raw import TENSOR, header, refused, request

STAMPS = [(f"w{number}_ns",) for number in range(1, 6)]


@pytest.mark.parametrize("field", ["segment", "sequence"])
@pytest.mark.parametrize("value", [-1, 2**53 + 1, 2**64 - 1, 1.5, "1", True, None])
def test_a_count_out_of_range_is_refused_by_name(field: str, value: object) -> None:
    assert f"$.{field}" in str(refused(request(**{field: value}), TENSOR))


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 1.0, True, "1", b"1", [1], {"1": 1}], ids=repr
)
def test_what_is_no_integer_is_refused_in_every_number(value: object) -> None:
    for name, path in declared(int):
        assert refused(*with_value(name, path, value)).field == "header", (name, path)


@pytest.mark.parametrize("value", [-(2**63), -1, 2**53 + 1, 2**63, 2**64 - 1])
def test_an_integer_out_of_range_is_refused_in_every_number_that_has_one(value: int) -> None:
    for name, path in declared(int):
        if path not in STAMPS:
            assert refused(*with_value(name, path, value)).field == "header", (name, path)


@pytest.mark.parametrize("value", [0, 1, "true", None, float("nan")], ids=repr)
def test_what_is_neither_true_nor_false_is_refused(value: object) -> None:
    for name, path in declared(bool):
        assert f"$.{path[0]}" in str(refused(*with_value(name, path, value)))


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    data = {"host": "", "port": port}
    welcome = {"type": "welcome", "session": "s", "data": data, "engine": {}}
    assert "port" in str(refused(header(welcome)))


def test_a_host_that_is_too_long_is_refused() -> None:
    data = {"host": "a" * 256, "port": 1}
    welcome = {"type": "welcome", "session": "s", "data": data, "engine": {}}
    assert "$.data.host" in str(refused(header(welcome)))
