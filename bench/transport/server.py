"""The worker's data socket: a receiver thread beside the compute thread.

Only the receiver uses the socket. It stamps and checks requests while the model computes, so that
the time that a request waits for the model is measured as queueing and not as transport.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import zmq
from zmq.utils.monitor import recv_monitor_message

from bench.records import Address
from bench.transport.sockets import bind, open_socket
from bench.wire import Buffer, WireError, decode, encode
from bench.wire.frames import expect
from bench.wire.messages import Failure, Reply, Request

_WAKE_ENDPOINT = "inproc://replies"
_MONITOR_ENDPOINT = "inproc://data-events"


class Job(NamedTuple):
    """A request that waits for the compute thread, with the bytes of its batch."""

    identity: bytes
    request: Request
    payload: Buffer
    w1_ns: int


class Server:
    """Receives requests for one session and sends their answers.

    Parameters
    ----------
    address : Address
        Where to bind; the one with its port is in ``address`` afterwards.
    session : str
        Requests of another session are answered by a failure.
    payload_bytes_max : int
        Largest batch [bytes]; anything larger is cut off before it is allocated.
    jobs_max : int
        Requests that may wait; more are answered by a failure.
    clock : callable
        Monotonic clock [ns].
    descriptor : int, optional
        An open socket that listens at ``address``; without it one is bound.
    """

    def __init__(
        self,
        address: Address,
        *,
        session: str,
        payload_bytes_max: int,
        jobs_max: int,
        clock: Callable[[], int],
        descriptor: int | None = None,
    ) -> None:
        self._session = session
        self._clock = clock
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._router = open_socket(self._context, zmq.ROUTER, payload_bytes_max=payload_bytes_max)
        self._monitor = self._router.get_monitor_socket(
            zmq.EVENT_ACCEPTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED,
            _MONITOR_ENDPOINT,
        )
        if descriptor is not None:
            self._router.setsockopt(zmq.USE_FD, descriptor)
        self.address = bind(self._router, address)
        self._woken = self._context.socket(zmq.PAIR)
        self._woken.bind(_WAKE_ENDPOINT)
        self._wake = self._context.socket(zmq.PAIR)
        self._wake.connect(_WAKE_ENDPOINT)
        self._jobs: queue.Queue[Job | None] = queue.Queue(maxsize=jobs_max + 1)
        self._answers: deque[tuple[Job, Reply | Failure, Buffer | None]] = deque()
        self._connections = 0
        self._greeted = False
        self._receiver = threading.Thread(target=self._run, name="receiver", daemon=True)

    def start(self) -> None:
        """Start the receiver, which inherits the calling thread's cores."""
        self._receiver.start()

    def take(self, timeout_s: float | None = None) -> Job | None:
        """Return the next request, or None once the client has disconnected.

        Raises
        ------
        TimeoutError
            If there is neither within ``timeout_s``.
        """
        try:
            return self._jobs.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError from None

    def answer(self, job: Job, message: Reply | Failure, payload: Buffer | None = None) -> None:
        """Pass an answer to the receiver, which sets ``w5_ns``; ``payload`` is sent uncopied.

        Parameters
        ----------
        job : Job
            The request that is answered.
        message : Reply or Failure
            The header of the answer.
        payload : bytes or memoryview, optional
            The logits that follow a reply; a failure has none.
        """
        self._answers.append((job, message, payload))
        self._wake.send(b"")

    def close(self) -> None:
        """End the receiver and close its sockets, where the process itself does not end."""
        if self._receiver.is_alive():
            self._wake.send(b"")
            self._receiver.join()
        self._context.destroy(linger=0)

    def _run(self) -> None:
        poller = zmq.Poller()
        for socket in (self._router, self._woken, self._monitor):
            poller.register(socket, zmq.POLLIN)
        while True:
            ready = dict(poller.poll())
            if self._router in ready:
                self._receive()
            if self._woken in ready:
                self._woken.recv()
                if not self._answers:
                    return  # woken without an answer: closed
                self._send(*self._answers.popleft())
            if self._monitor in ready and self._client_left():
                self._jobs.put(None)
                return

    def _receive(self) -> None:
        frames = self._router.recv_multipart(copy=False)
        w1_ns = self._clock()
        identity = frames[0].bytes
        sequence = None
        try:
            message, payload = decode([frame.buffer for frame in frames[1:]])
            request = expect(Request, message)
            sequence = request.sequence
            self._check_agreed(request)
        except WireError as error:
            failure = Failure(sequence=sequence, message=str(error))
            self._router.send_multipart([identity, encode(failure)])
            return
        assert payload is not None  # a request without its tensor does not decode
        self._jobs.put(Job(identity, request, payload, w1_ns))

    def _check_agreed(self, request: Request) -> None:
        if request.session != self._session:
            raise WireError("session", repr(request.session), "the one of the welcome")
        if self._jobs.qsize() >= self._jobs.maxsize - 1:  # the last place is for the final None
            raise WireError("requests in flight", self._jobs.qsize() + 1, "fewer, as agreed")

    def _send(self, job: Job, message: Reply | Failure, payload: Buffer | None) -> None:
        if payload is None or isinstance(message, Failure):
            self._router.send_multipart([job.identity, encode(message)])
            return
        header = encode(msgspec.structs.replace(message, w5_ns=self._clock()))
        self._router.send_multipart([job.identity, header, payload], copy=False)

    def _client_left(self) -> bool:
        """Handle one event; a peer that connects before the client is not the client."""
        event = recv_monitor_message(self._monitor)["event"]
        if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
            self._greeted = True
        else:
            self._connections += 1 if event == zmq.EVENT_ACCEPTED else -1
        return self._greeted and self._connections == 0
