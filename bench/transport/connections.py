"""Which connections a listening socket has, so that the end of one is not taken for another's."""

from itertools import count
from typing import NamedTuple

import zmq

from bench.transport.sockets import receive_event

_EVENTS = zmq.EVENT_ACCEPTED | zmq.EVENT_DISCONNECTED


class Connection(NamedTuple):
    """One connection: the system gives its descriptor to another one once it is closed."""

    descriptor: int
    serial: int


class Connections:
    """The open connections of a socket, from the events of its monitor.

    ``monitor`` is polled for events, ``update`` takes them. An event names a descriptor only; the
    events of a descriptor come in order, and that of a connection before its first message.

    Parameters
    ----------
    socket : Socket
        Not bound yet, of a context with one thread for input and output.
    endpoint : str
        Of the monitor, ``inproc://NAME``.
    """

    def __init__(self, socket: zmq.Socket[bytes], endpoint: str) -> None:
        self.monitor = socket.get_monitor_socket(_EVENTS, endpoint)
        self._serials: dict[int, int] = {}
        self._next = count()

    def update(self) -> None:
        """Take all events that have come."""
        while self.monitor.poll(0):
            event = receive_event(self.monitor)
            if event.kind == zmq.EVENT_ACCEPTED:
                self._serials[event.value] = next(self._next)
            else:
                self._serials.pop(event.value, None)

    def of(self, frame: zmq.Frame) -> Connection | None:
        """Return the connection over which a frame came; None if it is closed by now."""
        self.update()
        descriptor = frame.get(zmq.SRCFD)
        serial = self._serials.get(descriptor)
        return None if serial is None else Connection(descriptor, serial)

    def is_open(self, connection: Connection | None) -> bool:
        """Return whether a connection is one and has not been closed, as of the last update."""
        return connection is not None and (
            self._serials.get(connection.descriptor) == connection.serial
        )
