"""Attack: a tensor that is shorter or longer than its header says."""

import pytest

from tests.wire.raw import TENSOR, refused, request


@pytest.mark.parametrize("size", [0, 1, len(TENSOR) - 1, len(TENSOR) + 1, 2 * len(TENSOR)])
def test_a_tensor_of_another_length_is_refused_with_both_lengths(size: int) -> None:
    error = refused(request(), bytes(size))
    assert error.field == "tensor"
    assert error.value == f"{size} bytes"
    assert error.limit == "48 bytes for shape (1, 3, 2, 2)"
