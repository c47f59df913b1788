"""Attack: shapes that no tensor has, or that overflow when multiplied."""

import pytest

from tests.wire.raw import TENSOR, refused, request


@pytest.mark.parametrize(
    "shape",
    [
        [0, 3, 2, 2],
        [1, 3, 0, 2],
        [-1, 3, 2, 2],
        [-1, -3, 2, 2],
        [2**31 + 1, 3, 2, 2],
        [2**63 - 1, 3, 2, 2],
        [2**64 - 1, 1],
        [],
        [1, 1, 3, 2, 2],
        [1.0, 3, 2, 2],
        [True, 3, 2, 2],
        ["1", 3, 2, 2],
        [None],
        "1322",
        12,
        None,
        {"0": 1},
    ],
)
def test_what_is_no_shape_is_refused_where_it_stands(shape: object) -> None:
    error = refused(request(shape=shape), TENSOR)
    assert error.field == "header"
    assert "$.shape" in str(error)


@pytest.mark.parametrize("shape", [[2**31] * 4, [2**31, 2], [2**16] * 4, [2**31, 2**31, 4]])
def test_a_product_that_overflows_64_bits_is_compared_exactly(shape: list[int]) -> None:
    error = refused(request(shape=shape), TENSOR)
    assert error.field == "tensor"
    assert error.value == "48 bytes"


def test_a_shape_larger_than_its_tensor_is_refused() -> None:
    assert refused(request(shape=[1, 3, 2, 3]), TENSOR).limit.startswith("72 bytes")
