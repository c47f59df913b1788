"""The client's data connection: batches to a compute process, and its answers."""

import zmq

from bench.transport.sockets import connect, open_socket
from bench.wire import Buffer, decode
from bench.wire.frames import expect
from bench.wire.messages import Failure, Reply


class DataClient:
    """Sends batches to a compute process and takes its answers, in any order."""

    def __init__(
        self, context: zmq.Context[zmq.Socket[bytes]], endpoint: str, *, payload_bytes_max: int
    ) -> None:
        self.endpoint = endpoint
        self._socket = open_socket(context, zmq.DEALER, payload_bytes_max=payload_bytes_max)
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        connect(self._socket, endpoint)

    def lost(self) -> bool:
        """Whether the connection broke since it was made: its compute process is gone."""
        return bool(self._monitor.poll(0))

    def send(self, header: bytes, payload: memoryview) -> None:
        """Queue one message; neither it nor ZeroMQ copies ``payload``, so it must not change."""
        self._socket.send_multipart([header, payload], copy=False)

    def receive(self, timeout_s: float) -> list[Buffer] | None:
        """Return the frames of the next answer, uncopied, or None if none comes in time."""
        if not self._socket.poll(int(timeout_s * 1000)):
            return None
        return [frame.buffer for frame in self._socket.recv_multipart(copy=False)]

    def close(self) -> None:
        """Close the connection, which ends the compute process."""
        self._socket.disable_monitor()
        self._monitor.close()
        self._socket.close()


def decode_answer(frames: list[Buffer]) -> tuple[Reply | Failure, Buffer | None]:
    """Return the reply or failure in ``frames``.

    Raises
    ------
    WireError
        If it is anything else.
    """
    message, payload = decode(frames)
    return expect((Reply, Failure), message), payload
