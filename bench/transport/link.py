"""The protocol of connections to a compute process; :mod:`bench.transport.data` uses TCP."""

from typing import Protocol

from bench.records import Address
from bench.wire import Buffer


class Link(Protocol):
    """Sends requests to a compute process, and receives answers in any order."""

    @property
    def address(self) -> Address:
        """Where the compute process is."""

    def send(self, header: bytes, payload: memoryview) -> None:
        """Queue one message, whose payload must not change until it is answered.

        Raises
        ------
        WorkerLost
            If there is no connection any more.
        """

    def receive(self, timeout_s: float) -> list[Buffer] | None:
        """Return the frames of the next answer, or None if none arrives in time."""

    def lost(self) -> bool:
        """Whether no more answer can arrive."""

    def close(self) -> None:
        """Close the connection, which ends the compute process."""
