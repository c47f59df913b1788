"""Bytes to messages and back; each limit is checked before a value is used."""

from collections.abc import Sequence
from typing import TypeVar, overload

import msgspec

from bench.wire.dtypes import ITEM_BYTES, tensor_bytes
from bench.wire.messages import Message, Reply, Request

Buffer = bytes | memoryview
T = TypeVar("T")
U = TypeVar("U")

MAGIC = b"SCB"
PROTOCOL_VERSION = 7
MAX_HEADER_BYTES = 64 * 1024
_PREFIX = MAGIC + bytes([PROTOCOL_VERSION])
_SHOWN_BYTES = 16
_SHOWN_CHARACTERS = 200


class WireError(Exception):
    """Bytes that are not a message of this protocol.

    Parameters
    ----------
    field : str
        The part that is wrong.
    value : object
        What it was.
    limit : str
        What it must be.
    """

    def __init__(self, field: str, value: object, limit: str) -> None:
        super().__init__(f"{field} is {_shortened(_printable(str(value)))}; it must be {limit}")
        self.field = field
        self.value = value
        self.limit = limit


def _printable(text: str) -> str:
    """Return ``text`` with escapes in place of what would move a cursor or end a line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _shortened(text: str) -> str:
    """Return ``text``, shortened for a failure."""
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


def _refuse_extension(code: int, _: memoryview) -> object:
    raise WireError("MessagePack extension", code, "absent")


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(
    Message, ext_hook=_refuse_extension
)


def encode(message: Message) -> bytes:
    """Return frame 0 of a message; the tensor of a request or reply is sent beside it, uncopied."""
    return _PREFIX + _encoder.encode(message)


def decode(frames: Sequence[Buffer]) -> tuple[Message, Buffer | None]:
    """Return the message in ``frames`` and its tensor's bytes, which are not copied.

    Raises
    ------
    WireError
        For any frames that are not exactly one message.
    """
    if len(frames) not in (1, 2):
        raise WireError("number of frames", len(frames), "1 or 2")
    message = _decode_header(frames[0])
    if not isinstance(message, Request | Reply):
        if len(frames) != 1:
            raise WireError("number of frames", len(frames), "1 for a message without a tensor")
        return message, None
    if len(frames) != 2:  # noqa: PLR2004 - header and tensor
        raise WireError("number of frames", len(frames), "2 for a message with a tensor")
    if message.dtype not in ITEM_BYTES:
        raise WireError("dtype", repr(message.dtype), f"one of {', '.join(ITEM_BYTES)}")
    expected = tensor_bytes(message.dtype, message.shape)
    if len(frames[1]) != expected:
        raise WireError(
            "tensor", f"{len(frames[1])} bytes", f"{expected} bytes for shape {message.shape}"
        )
    return message, frames[1]


@overload
def expect(kind: type[T], message: Message) -> T: ...


@overload
def expect(kind: tuple[type[T], type[U]], message: Message) -> T | U: ...


def expect(kind: type | tuple[type, ...], message: Message) -> object:
    """Return ``message`` if it is of ``kind``.

    Raises
    ------
    WireError
        If it is another message.
    """
    if not isinstance(message, kind):
        kinds = kind if isinstance(kind, tuple) else (kind,)
        names = " or ".join(k.__name__.lower() for k in kinds)
        raise WireError("type", type(message).__name__.lower(), names)
    return message


def _decode_header(frame: Buffer) -> Message:
    if len(frame) > MAX_HEADER_BYTES:
        raise WireError("header", f"{len(frame)} bytes", f"at most {MAX_HEADER_BYTES} bytes")
    header = bytes(frame)
    if not header.startswith(MAGIC):
        raise WireError("magic", header[:_SHOWN_BYTES], repr(MAGIC))
    if len(header) < len(_PREFIX) or header[len(MAGIC)] != PROTOCOL_VERSION:
        version = header[len(MAGIC)] if len(header) > len(MAGIC) else "missing"
        raise WireError("protocol version", version, f"{PROTOCOL_VERSION}, as spoken here")
    try:
        return _decoder.decode(header[len(_PREFIX) :])
    except (ValueError, RecursionError) as error:  # ValueError: also of times that do not exist
        raise WireError("header", str(error), "a message of this protocol") from error
