"""What a connection to a compute process is; :mod:`bench.transport.data` is the one over TCP."""

from typing import Protocol

from bench.records import Address
from bench.wire import Buffer


class Link(Protocol):
    """Requests go to a compute process, and answers come back in any order."""

    @property
    def address(self) -> Address:
        """Where the compute process is."""

    def send(self, header: bytes, payload: memoryview) -> None:
        """Queue one message, whose payload must not change until it is answered."""

    def receive(self, timeout_s: float) -> list[Buffer] | None:
        """Return the frames of the next answer, or None if none comes in time."""

    def lost(self) -> bool:
        """Whether nothing will come any more."""

    def close(self) -> None:
        """Close the connection, which ends the compute process."""
