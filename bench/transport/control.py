"""The client's control connection: one question at a time to a worker's supervisor."""

import contextlib
import time
from collections.abc import Callable
from typing import TypeVar

import zmq

from bench.errors import WorkerError, WorkerLost
from bench.records import Address
from bench.transport.security import HANDSHAKE_FAILURES, ClientKeys, handshake_problem
from bench.transport.sockets import connect, open_socket, other_protocol, receive_event
from bench.wire import WireError, decode, encode
from bench.wire.frames import expect
from bench.wire.messages import (
    Describe,
    Description,
    Hello,
    Leave,
    Message,
    Refusal,
    Welcome,
)

T = TypeVar("T")

DESCRIBE_TIMEOUT_S = 10.0
HELLO_TIMEOUT_S = 120.0
COMPILE_TIMEOUT_S = 1800.0
"""How much longer the start of a process may take that compiles its model [s]."""
BUSY_TIMEOUT_S = 20.0
_BUSY_PAUSE_S = 0.1
_LEAVE_LINGER_MS = 1_000


class ControlClient:
    """Asks a worker's supervisor; one question at a time.

    Parameters
    ----------
    context : Context
        Of ZeroMQ; the caller ends it.
    address : Address
        Where the supervisor listens.
    keys : ClientKeys, optional
        With them the connection is encrypted.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        address: Address,
        keys: ClientKeys | None = None,
    ) -> None:
        self.address = address
        self._keys = keys
        self._socket = open_socket(context, zmq.DEALER, keys=keys)
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED | HANDSHAKE_FAILURES)
        connect(self._socket, address)

    def describe(self, timeout_s: float = DESCRIBE_TIMEOUT_S) -> Description:
        """Return the description of the worker.

        Raises
        ------
        WorkerError
            If there is no answer in time, or one in another protocol.
        """
        self._send(Describe())
        return self._receive(lambda message: expect(Description, message), timeout_s)

    def send_hello(self, hello: Hello) -> None:
        """Ask for a compute process; it starts while the client continues its own start."""
        self._send(hello)

    def receive_welcome(self, hello: Hello) -> Welcome:
        """Wait for the answer to ``hello``, asking again while the worker is busy.

        Raises
        ------
        WorkerError
            If the worker refuses (with both values), stays busy, ends, or does not answer in time.
        """
        give_up = time.monotonic() + BUSY_TIMEOUT_S
        timeout_s = HELLO_TIMEOUT_S + (COMPILE_TIMEOUT_S if hello.engine.compiled else 0)
        while True:
            answer = self._receive(lambda message: expect((Welcome, Refusal), message), timeout_s)
            if isinstance(answer, Welcome):
                return answer
            if answer.field == "start":
                raise WorkerLost(
                    f"the worker at {self.address} could not start its compute process: "
                    f"{answer.offered}; complete blocks are kept, the same command goes on from "
                    "there."
                )
            if not answer.busy:
                raise WorkerError(
                    f"the worker at {self.address} refuses: {answer.field} is {answer.asked} here "
                    f"and {answer.offered} there; start a worker with the same."
                )
            if time.monotonic() > give_up:
                raise WorkerError(
                    f"the worker at {self.address} is busy with another client "
                    f"(asked for {BUSY_TIMEOUT_S:g} s); wait for it or start another worker."
                )
            time.sleep(_BUSY_PAUSE_S)
            self._send(hello)

    def leave(self, client: str) -> None:
        """Send that ``client`` is done, so that the worker is free for others at once."""
        self._socket.setsockopt(zmq.LINGER, _LEAVE_LINGER_MS)
        self._send(Leave(client=client))

    def close(self) -> None:
        """Close the connection."""
        self._socket.disable_monitor()
        self._monitor.close()
        self._socket.close()

    def _send(self, message: Message) -> None:
        """Queue a message; it is lost where the worker has refused the connection before.

        Such a socket has no peer and would block; its event tells why, when an answer is awaited.
        """
        with contextlib.suppress(zmq.Again):
            self._socket.send(encode(message), zmq.DONTWAIT)

    def _receive(self, accept: Callable[[Message], T], timeout_s: float) -> T:
        poller = zmq.Poller()
        for socket in (self._socket, self._monitor):
            poller.register(socket, zmq.POLLIN)
        ready = dict(poller.poll(int(timeout_s * 1000)))
        if self._monitor in ready and self._socket not in ready:
            event = receive_event(self._monitor).kind
            if problem := handshake_problem(event, self._keys):
                ended = event == zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL  # perhaps it just ended
                kind = WorkerLost if ended else WorkerError
                raise kind(f"the worker at {self.address} {problem}.")
            raise WorkerLost(
                f"{self.address} closed the connection before it answered; is 'scalebench "
                "worker' still running there? Complete blocks are kept; once it runs, the same "
                "command goes on from there."
            )
        if not ready:
            raise WorkerLost(
                f"no answer from {self.address} within {timeout_s:g} s; "
                "is 'scalebench worker' running there, and its port reachable?"
            )
        try:
            message, _ = decode(self._socket.recv_multipart())
            if isinstance(message, Refusal) and message.of_key:
                raise WorkerError(
                    f"the worker at {self.address} no longer allows the key {message.asked}; add "
                    "it to the file that its --allow names."
                )
            return accept(message)
        except WireError as error:
            raise other_protocol(self.address, error) from error
