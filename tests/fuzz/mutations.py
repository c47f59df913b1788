"""Valid messages that are damaged: bytes, frames, and fields of the header."""

import random
from collections.abc import Callable, Sequence

import msgspec

from bench.wire import MAX_HEADER_BYTES
from tests.wire.examples import EXAMPLES, fields_of, frames_of, paths, replaced
from tests.wire.raw import LAST_MOMENT, PREFIX

Frames = list[bytes]
Mutation = Callable[[random.Random, Frames], Frames]

MAX_CHANGES = 3
_DEPTHS = (100, 900, 1_100, 20_000)
_NESTED = tuple(
    opening * depth + b"\xc0" for opening in (b"\x91", b"\x81\xa0") for depth in _DEPTHS
)
_FALSE_LENGTHS = (
    *(b"\xdd\xff\xff\xff\xff", b"\xdc\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xde\xff\xff"),
    *(b"\xdb\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xc9\xff\xff\xff\xff\x05"),
)
_EXTENSIONS = (
    *(b"\xd4\x05\x00", b"\xd4\xff\x00", b"\xd6\xff\xff\xff\xff\xff", b"\xd7\xff" + b"\xff" * 8),
    LAST_MOMENT,
)
_KEYS = (b"\x81\x80\x01", b"\x81\x90\x01", b"\x81\xc0\x01", b"\x81\xd4\x05\x00\x01")
_NOT_UTF8 = (b"\xa1\xff", b"\xa2\xc0\x80", b"\xa3\xed\xa0\x80", b"\xa4\xf4\x90\x80\x80")
_RAW = (*_NESTED, *_FALSE_LENGTHS, *_EXTENSIONS, *_KEYS, *_NOT_UTF8, b"\xc1")
HOSTILE: tuple[object, ...] = (
    *(None, True, False, 1.5, float("nan"), float("inf"), -0.0, "", b"", b"\xff", [], {}),
    *(-1, 0, 1, 2**31, 2**31 + 1, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, -(2**63)),
    *([2**31] * 2, [2**31] * 4, [2**16] * 4, [1] * 5, [0], [-1, -1], [1.0], [True]),
    *("x" * 255, "x" * 256, "x" * 257, "x" * 4096, "x" * 4097, "\U0001f600" * 256, "\0\x1b"),
    *map(msgspec.Raw, _RAW),
)
"""Values that no field, or few, may have; each is put in place of a valid one."""


def seeded(seed: int) -> random.Random:
    """Return what decides by chance, every time alike."""
    return random.Random(seed)  # noqa: S311 - to be repeated, not to be secret


def mutated(chance: random.Random, frames: Sequence[bytes], value: object) -> Frames:
    """Return a damaged copy of a valid message.

    Parameters
    ----------
    chance : random.Random
        Decides what is done.
    frames : sequence of bytes
        All frames of a valid message.
    value : object
        One more value, beside those of ``HOSTILE``, that a field may get.
    """
    result = list(frames)
    changes = chance.randint(0, MAX_CHANGES)
    if not changes or chance.random() < 0.5:
        result[0] = with_other_field(chance, result[0], value)
    for _ in range(changes):
        result = chance.choice(MUTATIONS)(chance, result)
    return result


def with_other_field(chance: random.Random, header: bytes, value: object) -> bytes:
    """Return a header with a value replaced, a field left out, or one added."""
    fields = fields_of(header)
    kind = chance.randrange(10)
    if kind == 0:
        del fields[chance.choice(list(fields))]
    elif kind == 1:
        fields["unknown"] = chance.choice([value, *HOSTILE])
    else:
        path = chance.choice(list(paths(fields)))
        fields = replaced(fields, path, chance.choice([value, *HOSTILE]))
    return PREFIX + msgspec.msgpack.encode(fields)


def _in_one_frame(change: Callable[[random.Random, bytes], bytes]) -> Mutation:
    """Return a mutation that changes the header, or more seldom another frame."""

    def mutation(chance: random.Random, frames: Frames) -> Frames:
        if not frames:
            return frames
        place = 0 if chance.random() < 0.8 else chance.randrange(len(frames))
        return [*frames[:place], change(chance, frames[place]), *frames[place + 1 :]]

    return mutation


def _span(chance: random.Random, length: int) -> tuple[int, int]:
    """Return where a part of so many bytes begins and ends, mostly a short one."""
    start = chance.randint(0, length)
    size = chance.choice((1, 2, 4, 8, length))
    return start, min(length, start + size)


def _flip_bits(chance: random.Random, frame: bytes) -> bytes:
    changed = bytearray(frame)
    for _ in range(chance.randint(1, 3) if frame else 0):
        changed[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut_bytes(chance: random.Random, frame: bytes) -> bytes:
    start, stop = _span(chance, len(frame))
    return frame[:start] + frame[stop:]


def _insert_bytes(chance: random.Random, frame: bytes) -> bytes:
    place, _ = _span(chance, len(frame))
    return frame[:place] + chance.randbytes(chance.randint(1, 8)) + frame[place:]


def _repeat_bytes(chance: random.Random, frame: bytes) -> bytes:
    start, stop = _span(chance, len(frame))
    part = frame[start:stop]
    times = chance.choice((1, 2, MAX_HEADER_BYTES // max(1, len(part))))
    return frame[:stop] + part * times + frame[stop:]


def _swap_frames(chance: random.Random, frames: Frames) -> Frames:
    return chance.sample(frames, len(frames))


def _duplicate_frame(chance: random.Random, frames: Frames) -> Frames:
    place = chance.randint(0, len(frames))
    return frames[:place] + frames[place - 1 : place] * chance.choice((1, 1, 100)) + frames[place:]


def _drop_frame(chance: random.Random, frames: Frames) -> Frames:
    place = chance.randint(0, len(frames))
    return frames[:place] + frames[place + 1 :]


def _split_frame(chance: random.Random, frames: Frames) -> Frames:
    if not frames:
        return frames
    place = chance.randrange(len(frames))
    at = chance.randint(0, len(frames[place]))
    return [*frames[:place], frames[place][:at], frames[place][at:], *frames[place + 1 :]]


def _join_frames(chance: random.Random, frames: Frames) -> Frames:
    place = chance.randint(0, len(frames))
    return [*frames[:place], b"".join(frames[place : place + 2]), *frames[place + 2 :]]


def _insert_foreign_frames(chance: random.Random, frames: Frames) -> Frames:
    """Put another message's header, or all of it, before, between or behind the frames."""
    place = chance.randint(0, len(frames))
    foreign = frames_of(chance.choice(EXAMPLES))[: chance.randint(1, 2)]
    return frames[:place] + foreign + frames[place + chance.randint(0, 1) :]


MUTATIONS: tuple[Mutation, ...] = (
    *map(_in_one_frame, (_flip_bits, _cut_bytes, _insert_bytes, _repeat_bytes)),
    _swap_frames,
    _duplicate_frame,
    _drop_frame,
    _split_frame,
    _join_frames,
    _insert_foreign_frames,
)
