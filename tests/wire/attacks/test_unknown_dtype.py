"""Attack: a tensor type outside the closed table."""

import pytest

from tests.wire.raw import TENSOR, refused, request


@pytest.mark.parametrize("dtype", ["object", "float64", "FLOAT32", "", "<f4", "os.system", "O\0"])
def test_a_type_that_is_not_in_the_table_is_refused(dtype: str) -> None:
    error = refused(request(dtype=dtype), TENSOR)
    assert error.field == "dtype"
    assert error.value == repr(dtype)
    assert error.limit == "one of float32, float16, uint8"


@pytest.mark.parametrize("dtype", [None, 4, ["float32"], {"float32": 4}, b"float32"])
def test_a_type_that_is_no_text_is_refused(dtype: object) -> None:
    assert "$.dtype" in str(refused(request(dtype=dtype), TENSOR))
