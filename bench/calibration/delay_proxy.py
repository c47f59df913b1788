"""A proxy between client and worker, which hands on what the worker says a fixed time later."""

import contextlib
import queue
import socket
import threading
import time

from bench.calibration.clocks import wait_until

_CHUNK_BYTES = 1 << 16
_ACCEPT_TIMEOUT_S = 30
_Chunk = tuple[int, bytes]


class Forwarder:
    """Passes on the bytes of one TCP connection, in both directions.

    Parameters
    ----------
    port : int
        Where the worker listens, on this machine; ``port`` of the forwarder is where it does.
    delay_ns : int
        Bytes of the worker leave this long after they came, however many there are.
    """

    def __init__(self, port: int, delay_ns: int) -> None:
        self._worker_port = port
        self._delay_ns = delay_ns
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_ACCEPT_TIMEOUT_S)
        self.port: int = self._listener.getsockname()[1]
        self._chunks: queue.SimpleQueue[_Chunk | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait until both sides are gone."""
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        client, _ = self._listener.accept()
        worker = socket.create_connection(("127.0.0.1", self._worker_port))
        with client, worker:
            for side in (client, worker):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threads = [
                threading.Thread(target=self._forward, args=(client, worker), daemon=True),
                threading.Thread(target=self._hear, args=(worker,), daemon=True),
            ]
            for thread in threads:
                thread.start()
            self._hand_on(client)
            for thread in threads:
                thread.join()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):  # a side that is gone ends it as well
            while chunk := source.recv(_CHUNK_BYTES):
                target.sendall(chunk)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def _hear(self, worker: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := worker.recv(_CHUNK_BYTES):
                self._chunks.put((time.perf_counter_ns() + self._delay_ns, chunk))
        self._chunks.put(None)

    def _hand_on(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := self._chunks.get():
                wait_until(chunk[0])
                client.sendall(chunk[1])
