"""The supervisor: answers control messages and starts one compute process per handshake.

It imports no torch and sleeps while a compute process works.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import zmq

from bench.engine.open import engine_environment
from bench.errors import ScalebenchError
from bench.host.cores import counted_cpus, physical_cores, plan_cores
from bench.host.counters import read_counters
from bench.host.facts import host_facts
from bench.host.limits import raise_descriptor_limit
from bench.host.revision import revision_facts
from bench.host.window import Window
from bench.processes import ChildProgram, ProgramDied
from bench.records import Address, Facts
from bench.transport.security import AllowList, client_key, start_authenticator
from bench.transport.sockets import bind, open_socket, receive_event
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
    Welcome,
)
from bench.worker.devices import DeviceQuery
from bench.worker.jobs import ComputeEvent, ComputeJob, ComputeReady, WorkerJob
from bench.worker.ports import data_address, hold_port
from bench.worker.refusals import refusal_of, refuse
from bench.worker.signals import stop_signals

KEPT_S = 10.0
"""How long a worker waits for the next request of a client after its compute process ended [s]."""
KEY_CHECK_S = 5.0
"""How often a running session's key is looked up in the list of allowed keys [s]."""
_KEY_MISSING_S = 1.0
_MONITOR_ENDPOINT = "inproc://control-events"


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
        self.address = bind(self._socket, job.bind)
        self._data_bind = data_address(job.bind, self.address)
        self._listener = hold_port(self._data_bind)
        self._host = host_facts()
        self._revision = revision_facts()
        self._threads_max = len(physical_cores())
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_DISCONNECTED, _MONITOR_ENDPOINT)
        self._devices = DeviceQuery(wanted=job.describes_engines)
        self._compute: ChildProgram[ComputeEvent] | None = None
        self._cpus: tuple[int, ...] = ()
        self._window: Window | None = None
        self._waiting: tuple[bytes, str] | None = None
        self._starter_descriptor: int | None = None
        self._client: str | None = None
        self._client_key = ""
        self._missing_since_s: float | None = None
        self._kept_until_s = 0.0

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
        if self._compute is not None:
            self._compute.stop()
        if self._listener is not None:
            self._listener.close()
        if self._authenticator is not None:
            self._authenticator.stop()
        self._context.destroy(linger=100)
        self._stack.close()

    def _serve_once(self) -> bool:
        if self._compute is None and not self._is_kept():
            self._devices.begin()
        poller = zmq.Poller()
        poller.register(self._stop_socket, zmq.POLLIN)
        poller.register(self._socket, zmq.POLLIN)
        poller.register(self._monitor, zmq.POLLIN)
        programs = [p for p in (self._compute, self._devices.program) if p is not None]
        for program in programs:
            poller.register(program, zmq.POLLIN)
        ready = dict(poller.poll(self._poll_timeout_ms()))
        if self._stop_socket.fileno() in ready:
            return False
        if self._compute is not None and self._compute.fileno() in ready:
            self._handle_compute_event(self._compute)
        if self._devices.program is not None and self._devices.program.fileno() in ready:
            self._devices.receive()
        if self._monitor in ready:
            descriptor = receive_event(self._monitor).value
            if descriptor == self._starter_descriptor:
                self._end_session()  # its client left before it joined
        if self._socket in ready:
            identity, *frames = self._socket.recv_multipart(copy=False)
            answer = self._answer(identity.bytes, frames)
            if answer is not None:
                self._socket.send_multipart([identity.bytes, encode(answer)])
        self._check_session_key()
        return True

    def _check_session_key(self) -> None:
        """End a session whose key is missing from the list, and still is a second later.

        An editor may write the list in place, so that for a moment it is empty.
        """
        if self._compute is None or self._allows(self._client_key):
            self._missing_since_s = None
        elif self._missing_since_s is None:
            self._missing_since_s = time.monotonic()
        elif time.monotonic() - self._missing_since_s > _KEY_MISSING_S:
            self._end_session()

    def _poll_timeout_ms(self) -> int | None:
        """Return when to look for the key of the running session again, if it has one."""
        watched = self._allow_list is not None and self._compute is not None
        return round(1000 * KEY_CHECK_S) if watched else None

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
                refusal = self._check(message)
                if refusal is None:
                    self._start_compute(identity, message, key)
                    self._starter_descriptor = frames[0].get(zmq.SRCFD)
                return refusal
            case Leave(client=client):
                if self._is_of_client(client, key):
                    self._end_session()
                    self._client = None
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
            busy=self._compute is not None,
            host=self._host,
            moment=self._moment(),
            revision=self._revision,
            engines=self._devices.facts,
        )

    def _moment(self) -> Facts:
        """Return the counters of this host; the first call with a ready process opens a window.

        Until then a compute process only loads its model.
        """
        if self._compute is None:
            return read_counters()
        if self._waiting is not None:
            return read_counters(self._compute.pid)
        if self._window is None:
            own_pids = (os.getpid(), self._compute.pid)
            self._window = Window(self._compute.pid, own_pids, self._cpus)
        return self._window.moment()

    def _check(self, hello: Hello) -> Refusal | None:
        if refusal := refusal_of(hello, self._job, self._threads_max):
            return refusal
        if self._compute is not None or self._kept_for_another(hello.client):
            return refuse("busy", "a compute process", "one that serves another client")
        return None

    def _is_of_client(self, client: str, key: str) -> bool:
        """Whether a message is of the client whose session runs, or ran before."""
        return bool(client) and (client, key) == (self._client, self._client_key)

    def _is_kept(self) -> bool:
        """Whether the worker waits for the next request of a client."""
        return self._client is not None and time.monotonic() < self._kept_until_s

    def _kept_for_another(self, client: str) -> bool:
        return self._client != client and self._is_kept()

    def _start_compute(self, identity: bytes, hello: Hello, key: str) -> None:
        self._devices.end()
        session = secrets.token_hex(8)
        descriptor = None if self._listener is None else self._listener.fileno()
        self._client, self._client_key = hello.client, key
        self._compute = ChildProgram(
            self._job.compute,
            ComputeJob(
                bind=self._data_bind,
                session=session,
                hello=hello,
                weights_path=self._job.weights_path,
                descriptor=descriptor,
                keys=self._job.keys,
                client_key=key,
            ),
            ComputeEvent,
            engine_environment(hello.allocator, hello.threads),
            () if descriptor is None else (descriptor,),
        )
        self._cpus = counted_cpus(plan_cores(hello.threads))
        self._window = None
        self._waiting = (identity, session)

    def _handle_compute_event(self, compute: ChildProgram[ComputeEvent]) -> None:
        """Answer the waiting client once its compute process is ready or has ended."""
        try:
            event = compute.next_event()
        except (ProgramDied, ScalebenchError) as error:
            self._end_compute(compute)
            refusal = refuse("start", "a compute process", error)
            self._answer_waiting(lambda _: refusal)
            return
        if not isinstance(event, ComputeReady):
            self._starter_descriptor = None  # from now on the data connection tells
            return
        # Clients connect to the host at which they sent their request, not to the bound one, and
        # to the port after the one that they used, which may be forwarded to this one.
        data = Address(host="", port=0 if self._listener else event.address.port)
        self._answer_waiting(lambda s: Welcome(session=s, data=data, engine=event.engine))

    def _end_compute(self, compute: ChildProgram[ComputeEvent]) -> None:
        compute.stop()
        self._compute = self._starter_descriptor = None
        self._kept_until_s = time.monotonic() + KEPT_S

    def _end_session(self) -> None:
        if self._compute is not None:
            self._end_compute(self._compute)
        self._waiting = None

    def _answer_waiting(self, make: Callable[[str], Message]) -> None:
        if self._waiting is not None:
            identity, session = self._waiting
            self._socket.send_multipart([identity, encode(make(session))])
            self._waiting = None
