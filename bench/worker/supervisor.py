"""The supervisor: answers control messages and starts one compute process per handshake.

It imports no torch and sleeps while a compute process works.
"""

import contextlib
import time
from pathlib import Path
from typing import NamedTuple

import zmq

from bench.host.cores import physical_cores
from bench.host.counters import read_counters
from bench.host.facts import host_facts
from bench.host.limits import raise_descriptor_limit
from bench.host.revision import revision_facts
from bench.transport.connections import Connection, Connections
from bench.transport.security import AllowList, client_key, start_authenticator
from bench.transport.sockets import bind, open_socket
from bench.wire import WireError, decode, encode
from bench.wire.messages import (
    KEY_REFUSED,
    Describe,
    Description,
    Failure,
    Hello,
    Leave,
    Message,
    Refusal,
)
from bench.worker.devices import DeviceQuery
from bench.worker.jobs import WorkerJob
from bench.worker.ports import data_address, hold_port
from bench.worker.refusals import refusal_of, refuse
from bench.worker.session import Session
from bench.worker.signals import stop_signals

KEPT_S = 10.0
"""How long a worker waits for the next request of a client after its compute process ended [s]."""
KEY_CHECK_S = 5.0
"""How often a running session's key is looked up in the list of allowed keys [s]."""
_MONITOR_ENDPOINT = "inproc://control-events"


class Kept(NamedTuple):
    """The client that was served last, with its key; until a time [s] the worker waits for it."""

    client: str
    key: str
    until_s: float


class Supervisor:
    """Serves control messages on ``job.bind`` until a signal ends it.

    Batches are sent to the compute process of each session, on the port after the control port
    (or on any free one where the system chose the control port).
    """

    def __init__(self, job: WorkerJob) -> None:
        self._job = job
        self._stack = contextlib.ExitStack()
        # From the start: an exception of a handler would leave threads and sockets behind.
        self._stop_socket = self._stack.enter_context(stop_signals())
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._allow_list = AllowList(Path(job.allow_path)) if job.keys else None
        self._authenticator = (
            start_authenticator(self._context, self._allow_list.allows)
            if self._allow_list
            else None
        )
        self._socket = open_socket(self._context, zmq.ROUTER, keys=job.keys)
        self._connections = Connections(self._socket, _MONITOR_ENDPOINT)
        self.address = bind(self._socket, job.bind)
        self._data_bind = data_address(job.bind, self.address)
        self._listener = hold_port(self._data_bind)
        self._host = host_facts()
        self._revision = revision_facts()
        self._threads_max = len(physical_cores())
        self._devices = DeviceQuery(wanted=job.describes_engines)
        self._session: Session | None = None
        self._kept: Kept | None = None

    def serve(self) -> None:
        """Answer until SIGTERM, SIGHUP or SIGINT; then end the compute process and return."""
        raise_descriptor_limit()  # else strangers who open many connections would use them up
        try:
            while self._serve_once():
                pass
        finally:
            self.close()

    def close(self) -> None:
        """End the processes that it started and close the socket."""
        self._devices.end()
        if self._session is not None:
            self._session.end()
        if self._listener is not None:
            self._listener.close()
        if self._authenticator is not None:
            self._authenticator.stop()
        self._context.destroy(linger=100)
        self._stack.close()

    def _serve_once(self) -> bool:
        if self._session is None and not self._is_kept():
            self._devices.begin()
        ready = self._wait()
        if self._stop_socket.fileno() in ready:
            return False
        if self._session is not None and self._session.compute.fileno() in ready:
            self._handle_event(self._session)
        if self._devices.program is not None and self._devices.program.fileno() in ready:
            self._devices.receive()
        self._connections.update()
        self._check_session()
        if self._socket in ready:
            self._handle_message()
            self._check_session()
        return True

    def _wait(self) -> dict[object, int]:
        """Wait for an event, or until the key of the running session is to be looked up again."""
        poller = zmq.Poller()
        programs = (self._session and self._session.compute, self._devices.program)
        for source in (self._socket, self._connections.monitor, self._stop_socket, *programs):
            if source is not None:
                poller.register(source, zmq.POLLIN)
        watched = self._allow_list is not None and self._session is not None
        return dict(poller.poll(round(1000 * KEY_CHECK_S) if watched else None))

    def _handle_event(self, session: Session) -> None:
        """Answer the waiting client once its compute process is ready or has ended."""
        answer = session.next_answer()
        if session.has_ended:
            self._end_session()
        if answer is not None:
            self._socket.send_multipart([session.starter, encode(answer)])

    def _handle_message(self) -> None:
        identity, *frames = self._socket.recv_multipart(copy=False)
        answer = self._answer(identity.bytes, frames)
        if answer is not None:
            self._socket.send_multipart([identity.bytes, encode(answer)])

    def _check_session(self) -> None:
        """End the session if its client left before it joined, or is no longer allowed."""
        session = self._session
        if session is None:
            return
        has_left = not session.has_joined and not self._connections.is_open(session.connection)
        if has_left or session.lacks_key(allowed=self._allows(session.key)):
            self._end_session()

    def _allows(self, key: str) -> bool:
        return self._allow_list is None or self._allow_list.allows(key)

    def _answer(self, identity: bytes, frames: list[zmq.Frame]) -> Message | None:
        key = client_key(frames[0]) if self._allow_list and frames else ""
        if not self._allows(key):
            return refuse(KEY_REFUSED, key, "the keys of the worker's list")
        try:
            message, _ = decode([frame.buffer for frame in frames])
        except WireError as error:
            return Failure(sequence=None, message=str(error))
        match message:
            case Describe():
                return self._describe()
            case Hello():
                if self._is_of_client(message.client, key):
                    self._end_session()  # a client has one
                connection = self._connections.of(frames[0])
                refusal = self._check(message)
                if refusal is None and connection is not None:
                    self._start_session(message, key, identity, connection)
                return refusal
            case Leave(client=client):
                if self._is_of_client(client, key):
                    self._end_session()
                    self._kept = None
                return None
            case _:
                name = type(message).__name__.lower()
                accepted = "this socket takes describe, hello and leave"
                return Failure(sequence=None, message=f"unexpected message {name!r}: {accepted}")

    def _describe(self) -> Description:
        return Description(
            engine=self._job.engine,
            image_size_max=self._job.image_size_max,
            threads_max=self._threads_max,
            busy=self._session is not None,
            host=self._host,
            moment=read_counters() if self._session is None else self._session.moment(),
            revision=self._revision,
            engines=self._devices.facts,
        )

    def _check(self, hello: Hello) -> Refusal | None:
        if refusal := refusal_of(hello, self._job, self._threads_max):
            return refusal
        if self._session is not None or self._kept_for_another(hello.client):
            return refuse("busy", "a compute process", "one that serves another client")
        return None

    def _is_of_client(self, client: str, key: str) -> bool:
        """Whether a message is of the client whose session runs, or ran before."""
        known = self._session or self._kept
        return bool(client) and known is not None and (client, key) == (known.client, known.key)

    def _is_kept(self) -> bool:
        """Whether the worker waits for the next request of a client."""
        return self._kept is not None and time.monotonic() < self._kept.until_s

    def _kept_for_another(self, client: str) -> bool:
        return self._kept is not None and self._kept.client != client and self._is_kept()

    def _start_session(
        self, hello: Hello, key: str, starter: bytes, connection: Connection
    ) -> None:
        self._devices.end()
        self._session = Session(
            self._job,
            hello,
            key=key,
            data_bind=self._data_bind,
            listener=self._listener,
            starter=starter,
            connection=connection,
        )

    def _end_session(self) -> None:
        if self._session is not None:
            self._session.end()
            self._kept = Kept(self._session.client, self._session.key, time.monotonic() + KEPT_S)
            self._session = None
