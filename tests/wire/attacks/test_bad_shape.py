"""Attack: shapes that no tensor has, or that overflow when multiplied."""

import math

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
        [2**31] * 5,
        [1] * 10_000,
        [1.0, 3, 2, 2],
        [float("nan"), 3, 2, 2],
        [float("inf"), 3, 2, 2],
        [-0.0, 3, 2, 2],
        [True, 3, 2, 2],
        ["1", 3, 2, 2],
        [None],
        [[1, 3, 2, 2]],
        [b"\x01", 3, 2, 2],
        b"\x01\x03\x02\x02",
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


@pytest.mark.parametrize(
    "shape",
    [
        *([2**31, 2], [2**31, 2**30], [2**31, 2**31], [2**31, 2**31, 2], [2**31, 2**31, 4]),
        *([2**16] * 4, [2**31] * 3, [2**31] * 4),
    ],
)
def test_a_product_that_overflows_64_bits_is_compared_exactly(shape: list[int]) -> None:
    error = refused(request(shape=shape), TENSOR)
    assert error.field == "tensor"
    assert error.value == "48 bytes"


@pytest.mark.parametrize(
    ("bits", "items_or_bytes", "shape"),
    [
        (32, "bytes", [1, 2, 2, 268_435_459]),
        (64, "bytes", [1390, 2734, 1_594_849, 5_326_291]),
        (63, "items", [49_477, 52_086, 55_810, 384_773]),
        (64, "items", [49_477, 52_086, 55_810, 384_773]),
    ],
)
def test_a_product_that_overflows_to_the_right_size_is_refused(
    bits: int, items_or_bytes: str, shape: list[int]
) -> None:
    item_bytes = {"bytes": 4, "items": 1}[items_or_bytes]
    assert item_bytes * math.prod(shape) % 2**bits == item_bytes * len(TENSOR) // 4
    error = refused(request(shape=shape), TENSOR)
    assert error.limit.startswith(f"{4 * math.prod(shape)} bytes")


def test_a_shape_larger_than_its_tensor_is_refused() -> None:
    assert refused(request(shape=[1, 3, 2, 3]), TENSOR).limit.startswith("72 bytes")
