"""The client's data connection: batches to a compute process, and its answers."""

import time

import zmq

from bench.errors import WorkerError, WorkerLost
from bench.records import Address
from bench.transport.parts import split
from bench.transport.security import HANDSHAKE_FAILURES, ClientKeys, handshake_problem
from bench.transport.sockets import SILENCE_S, connect, open_socket, other_protocol, receive_event
from bench.wire import Buffer, WireError, decode, encode
from bench.wire.frames import expect
from bench.wire.messages import Failure, Join, Reply

REACH_TIMEOUT_S = 10.0
_SEND_TIMEOUT_MS = 1_000


def open_data_link(
    context: zmq.Context[zmq.Socket[bytes]],
    address: Address,
    *,
    session: str,
    payload_bytes_max: int,
    silence_s: float,
    keys: ClientKeys | None = None,
) -> "DataClient":
    """Return a connection to a compute process, which has joined its session.

    Parameters
    ----------
    context, address
        As of :class:`DataClient`.
    session : str
        The session, from the worker's welcome.
    payload_bytes_max, silence_s, keys
        As of :class:`DataClient`.

    Raises
    ------
    WorkerError
        If there is no answer, although the worker's other port answers, or a refusal.
    """
    client = DataClient(
        context, address, payload_bytes_max=payload_bytes_max, silence_s=silence_s, keys=keys
    )
    try:
        client.wait_until_open(min(REACH_TIMEOUT_S, silence_s))
        client.join(session)
    except WorkerError:
        client.close()
        raise
    return client


class DataClient:
    """Sends batches to a compute process and takes its answers, in any order.

    Parameters
    ----------
    context : Context
        Of ZeroMQ; the caller ends it.
    address : Address
        Where the compute process listens.
    payload_bytes_max : int
        The largest answer [bytes].
    silence_s : float
        After so long without a heartbeat the connection is lost [s].
    keys : ClientKeys, optional
        With them the connection is encrypted.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        address: Address,
        *,
        payload_bytes_max: int,
        silence_s: float = SILENCE_S,
        keys: ClientKeys | None = None,
    ) -> None:
        self.address = address
        self._keys = keys
        self._socket = open_socket(
            context, zmq.DEALER, payload_bytes_max=payload_bytes_max, silence_s=silence_s, keys=keys
        )
        self._monitor = self._socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED | HANDSHAKE_FAILURES
        )
        self._lost = False
        self._timeout_ms = -1
        connect(self._socket, address)

    def wait_until_open(self, timeout_s: float = REACH_TIMEOUT_S) -> None:
        """Return once the compute process has answered the connection.

        Raises
        ------
        WorkerError
            If it does not in time, or refuses, although the worker's other port answers.
        """
        give_up = time.monotonic() + timeout_s
        while (left_s := give_up - time.monotonic()) > 0:
            if not self._monitor.poll(int(left_s * 1000) + 1):
                continue
            event = receive_event(self._monitor).kind
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                return
            if problem := handshake_problem(event, self._keys):
                raise WorkerError(f"the worker's data port, {self.address}, {problem}.")
        raise WorkerError(
            f"the worker answers, but its data port, {self.address}, cannot be reached within "
            f"{timeout_s:g} s; open that port as well (in the firewall, 'docker run -p' or "
            "'ssh -L'). Complete blocks are kept."
        )

    def join(self, session: str, timeout_s: float = REACH_TIMEOUT_S) -> None:
        """Tell the compute process that this connection is the one of the session's client.

        Raises
        ------
        WorkerError
            If it does not agree in time.
        """
        self._socket.send(encode(Join(session=session)), zmq.DONTWAIT)
        frames = self.receive(timeout_s)
        try:
            answer = None if frames is None else decode(frames)[0]
        except WireError as error:
            raise other_protocol(self.address, error) from error
        if answer != Join(session=session):
            raise WorkerError(
                f"the worker's data port, {self.address}, does not accept the session: "
                f"{answer or 'no answer'}; run the same command again."
            )

    def lost(self) -> bool:
        """Whether the connection broke after it was made: its compute process has ended."""
        while not self._lost and self._monitor.poll(0):
            event = receive_event(self._monitor).kind
            self._lost = event == zmq.EVENT_DISCONNECTED
        return self._lost

    def send(self, header: bytes, payload: memoryview) -> None:
        """Queue one message; neither it nor ZeroMQ copies ``payload``, so it must not change.

        Raises
        ------
        WorkerLost
            If there is no connection any more: the socket would block.
        """
        parts = [payload] if self._keys is None else split(payload)
        try:
            self._socket.send_multipart([header, *parts], zmq.DONTWAIT, copy=False)
        except zmq.Again as error:
            # ZeroMQ looks once in a millisecond whether its queue has been emptied: poll asks it.
            if not self._socket.poll(_SEND_TIMEOUT_MS, zmq.POLLOUT):
                raise WorkerLost(
                    f"the worker's data port, {self.address}, does not take requests any more; "
                    "complete blocks are kept, the same command goes on from there."
                ) from error
            self._socket.send_multipart([header, *parts], zmq.DONTWAIT, copy=False)

    def receive(self, timeout_s: float) -> list[Buffer] | None:
        """Return the frames of the next answer, uncopied, or None if none arrives in time."""
        timeout_ms = int(timeout_s * 1000)
        if timeout_ms != self._timeout_ms:
            self._socket.setsockopt(zmq.RCVTIMEO, timeout_ms)
            self._timeout_ms = timeout_ms
        try:
            frames = self._socket.recv_multipart(copy=False)
        except zmq.Again:
            return None
        return [frame.buffer for frame in frames]

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
