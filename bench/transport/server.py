"""The worker's data socket: the compute thread uses it itself, and in bursts a receiver thread.

A request that is alone is received and answered by the thread that computes: each hand-over to
another thread would take a tenth of the time of a small request. Where several are in flight, a
receiver stamps and checks them while the model computes, so that the time that a request waits for
the model is measured as queueing and not as transport.
"""

import queue
import secrets
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import zmq

from bench.records import Address
from bench.transport.connections import Connection, Connections
from bench.transport.parts import joined
from bench.transport.security import ServerKeys, start_authenticator
from bench.transport.sockets import bind, open_socket
from bench.wire import Buffer, WireError, decode, encode
from bench.wire.frames import expect
from bench.wire.messages import Failure, Join, Reply, Request

_WAKE_ENDPOINT = "inproc://replies"
_MONITOR_ENDPOINT = "inproc://data-events"


class Job(NamedTuple):
    """A request that waits for the compute thread, with the bytes of its batch."""

    identity: bytes
    request: Request
    payload: Buffer
    w1_ns: int

    @property
    def in_burst(self) -> bool:
        """Whether other requests are in flight with it."""
        return self.request.in_flight_count > 1


_NOTHING = Job(b"", Request("", 0, 0, "", (1,)), b"", 0)
"""No request: an event was something else."""


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
    keys : ServerKeys, optional
        With them all connections are encrypted.
    client_key : str
        The public key of the one client that may then connect.
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
        keys: ServerKeys | None = None,
        client_key: str = "",
    ) -> None:
        self._session = session
        self._payload_bytes_max = payload_bytes_max
        self._clock = clock
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._authenticator = (
            None
            if keys is None
            else start_authenticator(self._context, lambda key: key == client_key)
        )
        self._router = open_socket(
            self._context, zmq.ROUTER, payload_bytes_max=payload_bytes_max, keys=keys
        )
        self._connections = Connections(self._router, _MONITOR_ENDPOINT)
        if descriptor is not None:
            self._router.setsockopt(zmq.USE_FD, descriptor)
        self.address = bind(self._router, address)
        self._woken = self._context.socket(zmq.PAIR)
        self._woken.bind(_WAKE_ENDPOINT)
        self._wake = self._context.socket(zmq.PAIR)
        self._wake.connect(_WAKE_ENDPOINT)
        self._poller = zmq.Poller()
        for socket in (self._router, self._woken, self._connections.monitor):
            self._poller.register(socket, zmq.POLLIN)
        self._jobs_max = jobs_max
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._answers: deque[tuple[Job, Reply | Failure, Buffer | None]] = deque()
        self._client: bytes | None = None
        self._client_connection: Connection | None = None
        self._joined = threading.Event()
        self._burst = True  # until the first request that is alone
        self._burst_begins = threading.Semaphore(1)
        self._receiver = threading.Thread(target=self._run, name="receiver", daemon=True)

    def start(self) -> None:
        """Start the receiver, which inherits the calling thread's cores."""
        self._receiver.start()

    def wait_for_client(self, timeout_s: float) -> bool:
        """Wait until the client of the session has joined, and return whether it has."""
        return self._joined.wait(timeout_s)

    def take(self) -> Job | None:
        """Return the next request, or None once the client has disconnected.

        The receiver uses the sockets at first, and in each burst from its first request on, until
        a request comes that is alone.
        """
        if not self._burst:
            job: Job | None = _NOTHING
            while job is _NOTHING:
                job = self._next_job()
            if job is not None and job.in_burst:
                self._burst = True
                self._burst_begins.release()
            return job
        job = self._jobs.get()
        if job is not None and not job.in_burst:
            self._burst = False
            self._send_answers()  # of a client that did not wait for them
        return job

    def answer(self, job: Job, message: Reply | Failure, payload: Buffer | None = None) -> None:
        """Send an answer, in a burst by the receiver; ``payload`` is sent uncopied.

        The thread that sends it sets ``w5_ns``.

        Parameters
        ----------
        job : Job
            The request that is answered.
        message : Reply or Failure
            The header of the answer.
        payload : bytes or memoryview, optional
            The logits that follow a reply; a failure has none.
        """
        if not self._burst:
            self._send(job, message, payload)
            return
        self._answers.append((job, message, payload))
        self._wake.send(b"")

    def close(self) -> None:
        """End the receiver and close its sockets, where the process itself does not end."""
        if self._receiver.is_alive():
            self._burst_begins.release()
            self._wake.send(b"")
            self._receiver.join()
        if self._authenticator is not None:
            self._authenticator.stop()
        self._context.destroy(linger=0)

    def _run(self) -> None:
        """Receive in bursts; the end is the client's, or a wake-up without an answer."""
        while True:
            self._burst_begins.acquire()
            in_burst = True
            while in_burst:
                job = self._next_job()
                if job is None:
                    self._jobs.put(None)
                    return
                if job is not _NOTHING:
                    self._jobs.put(job)
                    in_burst = job.in_burst

    def _next_job(self) -> Job | None:
        """Wait for one event and handle it; return the request that it was.

        Else it is ``_NOTHING``, or None if there will be no more requests.
        """
        ready = dict(self._poller.poll())
        if self._woken in ready:
            self._woken.recv()
            if not self._answers:
                return None  # woken without an answer: closed
            self._send(*self._answers.popleft())
        if self._router in ready and (job := self._receive()) is not None:
            return job
        if self._connections.monitor in ready:
            self._connections.update()
        return None if self._client_left() else _NOTHING

    def _receive(self) -> Job | None:
        frames = self._router.recv_multipart(copy=False)
        identity = frames[0].bytes
        sequence = None
        try:
            received = joined([frame.buffer for frame in frames[1:]], self._payload_bytes_max)
            w1_ns = self._clock()
            message, payload = decode(received)
            if isinstance(message, Join):
                self._join(identity, message, frames[1])
                return None
            request = expect(Request, message)
            sequence = request.sequence
            self._check_agreed(identity, request)
        except WireError as error:
            failure = Failure(sequence=sequence, message=str(error))
            self._router.send_multipart([identity, encode(failure)])
            return None
        assert payload is not None  # a request without its tensor does not decode
        return Job(identity, request, payload, w1_ns)

    def _send_answers(self) -> None:
        while self._answers:
            self._woken.recv()
            self._send(*self._answers.popleft())

    def _join(self, identity: bytes, join: Join, frame: zmq.Frame) -> None:
        """Take the first connection that knows the session as that of the client."""
        self._check_session(join.session)
        if self._client is not None:
            raise WireError("number of clients", 2, "1 for each session")
        self._client, self._client_connection = identity, self._connections.of(frame)
        self._router.send_multipart([identity, encode(join)])
        self._joined.set()

    def _check_session(self, session: str) -> None:
        if not secrets.compare_digest(session.encode(), self._session.encode()):
            raise WireError("session", repr(session), "the one of the welcome")

    def _check_agreed(self, identity: bytes, request: Request) -> None:
        self._check_session(request.session)
        if identity != self._client:
            raise WireError("connection", "another", "the one that joined the session")
        if self._jobs.qsize() >= self._jobs_max:
            raise WireError("requests in flight", self._jobs.qsize() + 1, "fewer, as agreed")

    def _send(self, job: Job, message: Reply | Failure, payload: Buffer | None) -> None:
        if payload is None or isinstance(message, Failure):
            self._router.send_multipart([job.identity, encode(message)])
            return
        header = encode(msgspec.structs.replace(message, w5_ns=self._clock()))
        self._router.send_multipart([job.identity, header, payload], copy=False)

    def _client_left(self) -> bool:
        return self._client is not None and not self._connections.is_open(self._client_connection)
