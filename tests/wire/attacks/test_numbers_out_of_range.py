"""Attack: counts below zero, above what a float holds exactly, or of another kind."""

import pytest

from tests.wire.raw import TENSOR, header, refused, request


@pytest.mark.parametrize("field", ["segment", "sequence"])
@pytest.mark.parametrize("value", [-1, 2**53 + 1, 2**64 - 1, 1.5, "1", True, None])
def test_a_count_out_of_range_is_refused_by_name(field: str, value: object) -> None:
    assert f"$.{field}" in str(refused(request(**{field: value}), TENSOR))


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    data = {"host": "", "port": port}
    welcome = {"type": "welcome", "session": "s", "data": data, "engine": {}}
    assert "port" in str(refused(header(welcome)))


def test_a_host_that_is_too_long_is_refused() -> None:
    data = {"host": "a" * 256, "port": 1}
    welcome = {"type": "welcome", "session": "s", "data": data, "engine": {}}
    assert "$.data.host" in str(refused(header(welcome)))
