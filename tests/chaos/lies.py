"""Replies that a worker should not send: what a client hears is changed on its way.

ZeroMQ's protocol (ZMTP 3) begins with a greeting of 64 bytes; then come frames: a byte of flags, a
size of one or eight bytes, and the body. Commands, heartbeats among them, pass as they are.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

_GREETING_BYTES = 64
_MORE, _LONG, _COMMAND = 1, 2, 4
_SHORT_MAX = 255
_SOON_S = 0.1

Message = list[bytes]
"""The bodies of its frames: the header of a reply, and its tensor."""


@dataclass
class Lie:
    """What happens to the replies of a worker, from the one after ``after_replies`` on.

    ``kind`` is ``twice``, ``swapped`` (with the next one, where that comes soon), ``late`` (by
    ``pause_s``), ``cut`` (half of its tensor is missing) or ``replayed`` (the first one that was
    ever heard comes in its place). It happens at most ``times`` times, to each ``every``-th reply.
    """

    kind: str
    after_replies: int = 0
    pause_s: float = 0.0
    times: int = 1
    every: int = 1
    happened: int = field(default=0, init=False)
    heard: int = field(default=0, init=False)
    first: Message | None = field(default=None, init=False)

    @property
    def due(self) -> bool:
        """Whether it happens to the reply that was heard last."""
        after = self.heard - self.after_replies - 1
        return after >= 0 and after % self.every == 0 and self.happened < self.times


class Liar:
    """Forwards what a worker sends on one connection, and lies where it is due."""

    def __init__(self, source: socket.socket, sink: socket.socket, lie: Lie) -> None:
        self._source = source
        self._sink = sink
        self._lie = lie
        self._lock = threading.Lock()
        self._held: Message | None = None

    def forward(self) -> None:
        """Forward until a side closes its connection."""
        for _ in range(
            _GREETING_BYTES
        ):  # a side waits for the other's first bytes before it goes on
            self._sink.sendall(self._read(1))
        message: Message = []
        for flags, body in self._frames():
            if flags & _COMMAND:
                self._send([body], _COMMAND)
                continue
            message.append(body)
            if not flags & _MORE:
                (self._hear if len(message) > 1 else self._send)(message)  # a reply has a tensor
                message = []

    def _hear(self, message: Message) -> None:
        lie = self._lie
        lie.heard += 1
        lie.first = lie.first or message
        if self._held is not None:
            held, self._held = self._held, None
            lie.happened += 1
            self._send(message)
            self._send(held)
        elif not lie.due:
            self._send(message)
        elif lie.kind == "swapped":
            self._held = message
            threading.Timer(_SOON_S, self._let_go, [message]).start()
        else:
            lie.happened += 1
            self._tell(lie, message)

    def _tell(self, lie: Lie, message: Message) -> None:
        if lie.kind == "twice":
            self._send(message)
            self._send(message)
        elif lie.kind == "late":
            threading.Timer(lie.pause_s, self._send, [message]).start()
        elif lie.kind == "cut":
            header, tensor = message
            self._send([header, tensor[: len(tensor) // 2]])
        else:
            assert lie.first is not None
            self._send(lie.first)

    def _let_go(self, message: Message) -> None:
        if self._held is message:
            self._held = None
            self._send(message)

    def _send(self, message: Message, flags: int = 0) -> None:
        wire = b""
        for body in message:
            more = _MORE if body is not message[-1] else 0
            if len(body) > _SHORT_MAX:
                wire += struct.pack(">BQ", flags | more | _LONG, len(body)) + body
            else:
                wire += struct.pack(">BB", flags | more, len(body)) + body
        try:
            with self._lock:
                self._sink.sendall(wire)
        except OSError:  # a late one, of a client that has left
            return

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        while True:
            (flags,) = self._read(1)
            (size,) = struct.unpack(">Q", self._read(8)) if flags & _LONG else self._read(1)
            yield flags, self._read(size)

    def _read(self, size: int) -> bytes:
        """Return so many bytes; a connection that ends before raises ConnectionError."""
        parts, left = [], size
        while left:
            part = self._source.recv(left)
            if not part:
                raise ConnectionError("the worker has closed its connection")
            parts.append(part)
            left -= len(part)
        return b"".join(parts)
