"""The check of the decoder finds a decoder that breaks one of its promises."""

from collections.abc import Callable, Sequence

import msgspec
import pytest

from bench.wire import WireError
from bench.wire.messages import Describe, Failure, Leave, Message, Request
from tests.fuzz import tally as tally_module
from tests.fuzz.tally import MAX_ERROR_CHARACTERS, MEMORY_BYTES, Tally
from tests.wire.examples import EXAMPLES, NAMES, frames_of
from tests.wire.raw import TENSOR, header, request

Decoder = Callable[[Sequence[bytes]], object]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Callable[[Decoder, list[bytes]], Tally]:
    """Return what checks frames with another decoder."""

    def check(decoder: Decoder, frames: list[bytes]) -> Tally:
        monkeypatch.setattr(tally_module, "decode", decoder)
        tally = Tally()
        tally.check(frames)
        return tally

    return check


Check = Callable[[Decoder, list[bytes]], Tally]


def refuse(field: str = "header", value: object = 1, limit: str = "absent") -> Decoder:
    def decoder(_: Sequence[bytes]) -> object:
        raise WireError(field, value, limit)

    return decoder


def test_every_outcome_is_counted() -> None:
    tally = Tally()
    for message in EXAMPLES:
        tally.check(frames_of(message))
    tally.check([])
    tally.check([])
    assert tally.outcomes == {**dict.fromkeys(NAMES, 1), "refused: number of frames": 2}
    assert (tally.count, tally.refused_count) == (len(EXAMPLES) + 2, 2)
    assert 0 < tally.memory_fraction < 1


def test_any_other_error_passes_with_the_frames_that_raised_it(check: Check) -> None:
    def decoder(_: Sequence[bytes]) -> object:
        raise ValueError("year 10000 is out of range")

    with pytest.raises(ValueError, match="year 10000") as caught:
        check(decoder, [b"one", b"two"])
    assert caught.value.__notes__ == ["The frames were [b'one', b'two']"]


def test_an_error_may_shorten_the_value(check: Check) -> None:
    assert check(refuse(value="x" * 1000), [b""]).refused_count == 1


@pytest.mark.parametrize(
    ("field", "limit"), [("", "absent"), ("header", ""), ("header", "x" * MAX_ERROR_CHARACTERS)]
)
def test_an_error_without_field_or_limit_or_too_long_is_found(
    check: Check, field: str, limit: str
) -> None:
    with pytest.raises(AssertionError):
        check(refuse(field, 1, limit), [b""])


@pytest.mark.parametrize("text", ["header is 2; it must be absent", "it must be absent", "1"])
def test_an_error_that_does_not_say_its_value_is_found(check: Check, text: str) -> None:
    def decoder(_: Sequence[bytes]) -> object:
        error = WireError("header", 1, "absent")
        error.args = (text,)
        raise error

    with pytest.raises(AssertionError):
        check(decoder, [b""])


@pytest.mark.parametrize("header_bytes", [0, 1000])
def test_memory_beyond_what_the_header_allows_is_found(check: Check, header_bytes: int) -> None:
    def decoder(frames: Sequence[bytes]) -> object:
        taken = bytes(MEMORY_BYTES + 101 * len(frames[0]))
        raise WireError("header", len(taken), "less")

    with pytest.raises(AssertionError, match=f"bytes for a header of {header_bytes}"):
        check(decoder, [bytes(header_bytes)])


def test_a_message_that_is_encoded_to_another_one_is_found(check: Check) -> None:
    changing = iter([Leave(client="one"), Leave(client="two")])
    with pytest.raises(AssertionError):
        check(lambda _: (next(changing), None), [header({"type": "leave", "client": "one"})])


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        (lambda _, message: message, Leave(client="c")),
        (lambda *_: Describe(), Failure(sequence=None, message="m")),
    ],
    ids=["a leave taken for an answer", "a failure not taken for one"],
)
def test_a_message_that_is_not_told_from_others_is_found(
    monkeypatch: pytest.MonkeyPatch, expect: Callable[..., Message], message: Message
) -> None:
    monkeypatch.setattr(tally_module, "expect", expect)
    with pytest.raises(AssertionError, match=type(message).__name__):
        Tally().check(frames_of(message))


def test_a_refused_message_is_counted_by_the_field_of_its_error() -> None:
    fields = msgspec.msgpack.decode(frames_of(EXAMPLES[1])[0][4:])
    tally = Tally()
    tally.check([header({**fields, "host": {"load": float("nan")}})])
    assert tally.outcomes == {"refused: header": 1}


@pytest.mark.parametrize(
    "result",
    [
        (Request("s", 0, 0, "float32", (1, 3, 2, 2)), None),
        (Request("s", 0, 0, "float32", (1, 3, 2, 2)), bytes(bytearray(TENSOR))),
        (Request("s", 0, 0, "float32", (1, 3, 2, 3)), TENSOR),
        (Describe(), TENSOR),
        (Failure(None, "m"), TENSOR),
    ],
    ids=["no tensor", "a copy", "too small", "for describe", "for failure"],
)
def test_a_wrong_tensor_is_found(check: Check, result: tuple[Message, bytes | None]) -> None:
    with pytest.raises(AssertionError, match=type(result[0]).__name__):
        check(lambda _: result, [request(), TENSOR])
