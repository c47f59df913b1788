"""What must hold when frames are decoded, whatever they are.

The result is a message that is encoded to an equal one, or a WireError that names field, value and
limit; nothing else is raised, and memory is bounded by the size of the header.
"""

import math
import tracemalloc
from collections.abc import Sequence

import msgspec

from bench.wire import WireError, decode, encode
from bench.wire.frames import expect
from bench.wire.messages import Failure, Message, Reply, Request

MAX_ERROR_CHARACTERS = 400
"""The length of an error's text."""
MEMORY_BYTES = 64 * 1024
"""What decoding may take for any header, however small [bytes]."""
MEMORY_BYTES_PER_BYTE = 100
"""What it may take in addition, for each byte of the header; a tensor is not copied."""
FLOAT32_BYTES = 4

Decoded = tuple[Message, object] | WireError


class Tally(msgspec.Struct):
    """How often each outcome came, and the largest part of the allowed memory that was used.

    An outcome is the type of a message, or ``refused:`` and the field of an error.
    """

    outcomes: dict[str, int] = {}
    memory_fraction: float = 0.0

    @property
    def count(self) -> int:
        """How many messages were decoded."""
        return sum(self.outcomes.values())

    @property
    def refused_count(self) -> int:
        """How many of them gave an error."""
        return sum(n for name, n in self.outcomes.items() if name.startswith("refused:"))

    def check(self, frames: Sequence[bytes]) -> None:
        """Decode ``frames``, check what must hold, and count the outcome."""
        try:
            outcome, fraction = _check(frames)
        except Exception as error:
            error.add_note(f"The frames were {list(frames)!r}")
            raise
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        self.memory_fraction = max(self.memory_fraction, fraction)


def _check(frames: Sequence[bytes]) -> tuple[str, float]:
    decoded, peak_bytes = _decode(frames)
    header_bytes = len(frames[0]) if frames else 0
    allowed_bytes = MEMORY_BYTES + MEMORY_BYTES_PER_BYTE * header_bytes
    assert peak_bytes <= allowed_bytes, f"{peak_bytes} bytes for a header of {header_bytes}"
    fraction = peak_bytes / allowed_bytes
    if isinstance(decoded, WireError):
        _check_error(decoded)
        return f"refused: {decoded.field}", fraction
    message, payload = decoded
    _check_tensor(message, payload, frames[1:])
    _check_message(message, frames)
    return type(message).__name__.lower(), fraction


def _decode(frames: Sequence[bytes]) -> tuple[Decoded, int]:
    """Return what decoding gives, and how much memory it took at its peak [bytes]."""
    decoded: Decoded
    tracemalloc.start()
    try:
        try:
            decoded = decode(frames)
        except WireError as error:
            decoded = error
        return decoded, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _check_error(error: WireError) -> None:
    text = str(error)
    assert len(text) <= MAX_ERROR_CHARACTERS, f"an error of {len(text)} characters"
    start, end = f"{error.field} is ", f"; it must be {error.limit}"
    assert error.field, text
    assert error.limit, text
    shown = text.removeprefix(start).removesuffix(end)
    assert text == f"{start}{shown}{end}"
    assert text.isprintable(), text
    value = str(error.value)
    if value.isprintable():
        assert shown == value or (shown.endswith("...") and value.startswith(shown[:-3])), text


def _check_message(message: Message, frames: Sequence[bytes]) -> None:
    """Check that a message is encoded to an equal one, and is told from other messages."""
    again = encode(message)
    assert decode([again, *frames[1:]])[0] == message
    assert expect(type(message), message) is message, message
    if not isinstance(message, Reply | Failure):
        try:
            expect((Reply, Failure), message)
        except WireError as error:
            _check_error(error)
        else:
            raise AssertionError(f"{message} was taken for an answer")


def _check_tensor(message: Message, payload: object, sent: Sequence[bytes]) -> None:
    """Check that the tensor is as large as the message says, and is what was sent, not a copy."""
    has_tensor = isinstance(message, Request | Reply)
    assert (payload is not None) == has_tensor, message
    assert [id(frame) for frame in _frames_of(payload)] == [id(frame) for frame in sent], message
    if isinstance(message, Request | Reply):
        assert sum(map(len, sent)) == FLOAT32_BYTES * math.prod(message.shape), message


def _frames_of(payload: object) -> list[object]:
    """Return the frames of a tensor as the decoder returned them."""
    if payload is None:
        return []
    return payload if isinstance(payload, list) else [payload]
