"""One example of every message, and the parts of its header that an attack changes."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec

from bench.records import Address, EngineSpec
from bench.wire import encode, tensor_bytes
from bench.wire.messages import (
    Describe,
    Description,
    Failure,
    Hello,
    Join,
    Leave,
    Message,
    Refusal,
    Reply,
    Request,
    Welcome,
)
from tests.wire.raw import PREFIX, header

KeyPath = tuple[str | int, ...]
"""The keys and places that lead to a value of a header."""

_ENGINE = EngineSpec(model="resnet50")
EXAMPLES: tuple[Message, ...] = (
    Describe(),
    Description(
        engine=_ENGINE,
        image_size_max=1024,
        threads_max=2,
        busy=False,
        host={"cpu": "a processor", "cores": [0, 1], "memory": {"bytes": 2**33, "swap": None}},
        moment={"load": 0.5, "ok": True},
        revision={"version": "0.1.0"},
    ),
    Hello(
        engine=_ENGINE,
        codec="float32",
        image_size=224,
        batch_sizes=(1, 8),
        threads=2,
        allocator="default",
        in_flight_count=2,
        client="c",
    ),
    Welcome(session="c0ffee", data=Address(host="127.0.0.1", port=5556), engine={"classes": 1000}),
    Refusal(field="image_size", asked="2048", offered="at most 1024"),
    Leave(client="c"),
    Join(session="c0ffee"),
    Request(session="c0ffee", segment=7, sequence=300, dtype="float32", shape=(1, 3, 2, 2)),
    Reply(
        session="c0ffee",
        segment=7,
        sequence=300,
        dtype="float32",
        shape=(1, 10),
        w1_ns=1,
        w2_ns=2,
        w3_ns=3,
        w4_ns=4,
        w5_ns=5,
        minor_faults_count=0,
        cpu_ns=6,
    ),
    Failure(sequence=300, message="out of memory"),
)
NAMES = [type(message).__name__.lower() for message in EXAMPLES]
"""The names of the examples: what the key ``type`` of their headers says."""
FACTS = {"description": (("host",), ("moment",), ("revision",)), "welcome": (("engine",),)}
"""Where a message has facts, a map whose values may be of any type."""


def tensor_frames(message: Message) -> list[bytes]:
    """Return the frames of a message's tensor, all zeros; none if it has no tensor."""
    if not isinstance(message, Request | Reply):
        return []
    return [bytes(tensor_bytes(message.dtype, message.shape))]


def frames_of(message: Message) -> list[bytes]:
    """Return all frames of a message."""
    return [encode(message), *tensor_frames(message)]


def fields_of(frame: bytes) -> dict[str, Any]:
    """Return the fields of a valid header, frame 0 of a message."""
    fields: dict[str, Any] = msgspec.msgpack.decode(frame.removeprefix(PREFIX))
    return fields


def paths(fields: dict[str, Any]) -> Iterator[KeyPath]:
    """Yield the path of every value, those of lists and maps included."""
    for key, value in fields.items():
        yield (key,)
        inner = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(inner, dict):
            yield from ((key, *path) for path in paths(inner))


def declared(kind: type) -> list[tuple[str, KeyPath]]:
    """Return where the examples have values of a type: the message's name, and the path.

    Values among facts are left out, where any type may be.
    """
    return [
        (name, path)
        for name in NAMES
        for path in paths(FIELDS[name])
        if path[:1] not in FACTS.get(name, ()) and type(value_at(FIELDS[name], path)) is kind
    ]


def value_at(fields: dict[str, Any], path: KeyPath) -> Any:
    """Return the value at ``path``."""
    value: Any = fields
    for key in path:
        value = value[key]
    return value


def replaced(fields: dict[str, Any], path: KeyPath, value: object) -> dict[str, Any]:
    """Return a copy of ``fields`` that has ``value`` at ``path``."""
    changed = deepcopy(fields)
    value_at(changed, path[:-1])[path[-1]] = value
    return changed


def with_value(name: str, path: KeyPath, value: object) -> list[bytes]:
    """Return the frames of the example of that name, with another value at ``path``."""
    example = EXAMPLES[NAMES.index(name)]
    return [header(replaced(FIELDS[name], path, value)), *tensor_frames(example)]


FIELDS = {name: fields_of(encode(message)) for name, message in zip(NAMES, EXAMPLES, strict=True)}
"""The fields of every example, by its name."""
