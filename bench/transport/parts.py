"""A tensor as several parts of one message, so that encrypting, sending and decrypting overlap."""

from collections.abc import Sequence

from bench.wire import Buffer, WireError

PART_BYTES = 1 << 20


def split(payload: memoryview) -> list[memoryview]:
    """Return ``payload``, uncopied, in parts of at most :data:`PART_BYTES`."""
    return [payload[first : first + PART_BYTES] for first in range(0, len(payload), PART_BYTES)]


def joined(frames: Sequence[Buffer], payload_bytes_max: int) -> list[Buffer]:
    """Return a header and its tensor as two frames; a tensor in one frame is not copied.

    Parameters
    ----------
    frames : sequence of bytes or memoryview
        The frames of a message, without an identity.
    payload_bytes_max : int
        The largest tensor [bytes]; more than that is not joined.

    Raises
    ------
    WireError
        If the tensor is larger.
    """
    header, parts = frames[:1], frames[1:]
    if len(parts) <= 1:
        return list(frames)
    total = sum(map(len, parts))
    if total > payload_bytes_max:
        raise WireError("tensor", f"{total} bytes", f"at most {payload_bytes_max} bytes")
    return [*header, b"".join(parts)]
