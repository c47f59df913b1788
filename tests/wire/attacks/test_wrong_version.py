"""Attack: a peer of another protocol version."""

import pytest

from bench.wire import MAGIC
from tests.wire.raw import PREFIX, TENSOR, refused, request


@pytest.mark.parametrize("version", [0, 1, 4, 255])
def test_another_version_is_refused_with_both_versions(version: int) -> None:
    error = refused(MAGIC + bytes([version]) + request()[len(PREFIX) :], TENSOR)
    assert error.field == "protocol version"
    assert error.value == version
    assert error.limit.startswith("7,")


def test_a_missing_version_is_refused() -> None:
    assert refused(MAGIC).value == "missing"
