"""A session: one client, its compute process, and the answer that the client waits for."""

import os
import secrets
import socket
import time

from bench.engine.open import engine_environment
from bench.errors import ScalebenchError
from bench.host.cores import counted_cpus, plan_cores
from bench.host.counters import read_counters
from bench.host.window import Window
from bench.processes import ChildProgram, ProgramDied
from bench.records import Address, Facts
from bench.transport.connections import Connection
from bench.wire.messages import Hello, Message, Welcome
from bench.worker.jobs import ComputeEvent, ComputeJob, ComputeReady, WorkerJob
from bench.worker.refusals import refuse

_KEY_MISSING_S = 1.0


class Session:
    """Starts a compute process for the hello of a client; ``end`` ends it.

    Parameters
    ----------
    job : WorkerJob
        How the worker serves.
    hello : Hello
        What the client asked for; the worker can do it.
    key : str
        The public key of the client, empty without encryption.
    data_bind : Address
        Where the compute process listens.
    listener : socket, optional
        Bound to that address, for the compute process to inherit.
    starter : bytes
        ZeroMQ's name for the connection that the hello came over; the answer goes there.
    connection : Connection
        The same connection, for the system. If it breaks before the client has joined the compute
        process, the client has left.
    """

    def __init__(
        self,
        job: WorkerJob,
        hello: Hello,
        *,
        key: str,
        data_bind: Address,
        listener: socket.socket | None,
        starter: bytes,
        connection: Connection,
    ) -> None:
        self.client = hello.client
        self.key = key
        self.starter = starter
        self.connection = connection
        self._name = secrets.token_hex(8)
        self._has_own_port = listener is None
        descriptor = None if listener is None else listener.fileno()
        self.compute: ChildProgram[ComputeEvent] = ChildProgram(
            job.compute,
            ComputeJob(
                bind=data_bind,
                session=self._name,
                hello=hello,
                weights_path=job.weights_path,
                descriptor=descriptor,
                keys=job.keys,
                client_key=key,
            ),
            ComputeEvent,
            engine_environment(hello.allocator, hello.threads),
            () if descriptor is None else (descriptor,),
        )
        self._cpus = counted_cpus(plan_cores(hello.threads))
        self.has_ended = False
        self.has_joined = False
        self._is_ready = False
        self._window: Window | None = None
        self._key_missing_since_s: float | None = None

    def next_answer(self) -> Message | None:
        """Handle an event of the compute process; return what the client waits for, if it is that.

        The end of the process is one, too.
        """
        try:
            event = self.compute.next_event()
        except (ProgramDied, ScalebenchError) as error:
            self.has_ended = True
            return None if self._is_ready else refuse("start", "a compute process", error)
        if not isinstance(event, ComputeReady):
            self.has_joined = True  # from now on the data connection says whether it is there
            return None
        self._is_ready = True
        # Clients connect to the host at which they sent their request, not to the bound one, and
        # to the port after the one that they used, which may be forwarded to this one.
        data = Address(host="", port=event.address.port if self._has_own_port else 0)
        return Welcome(session=self._name, data=data, engine=event.engine)

    def moment(self) -> Facts:
        """Return the counters of this host; the first call with a ready process opens a window.

        Until then the compute process only loads its model.
        """
        if not self._is_ready:
            return read_counters(self.compute.pid)
        if self._window is None:
            own_pids = (os.getpid(), self.compute.pid)
            self._window = Window(self.compute.pid, own_pids, self._cpus)
        return self._window.moment()

    def lacks_key(self, *, allowed: bool) -> bool:
        """Return whether the client's key is missing from the list, and was a second ago.

        An editor may write the list in place, so that for a moment it is empty.

        Parameters
        ----------
        allowed : bool
            Whether the key is in the list now.
        """
        now_s = time.monotonic()
        if allowed:
            self._key_missing_since_s = None
            return False
        if self._key_missing_since_s is None:
            self._key_missing_since_s = now_s
        return now_s - self._key_missing_since_s > _KEY_MISSING_S

    def end(self) -> None:
        """End the compute process."""
        self.compute.stop()
