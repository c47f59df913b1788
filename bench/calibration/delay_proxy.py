"""A proxy between client and worker that delays the worker's bytes by a fixed time."""

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
    """Forwards the bytes of one TCP connection, in both directions.

    Parameters
    ----------
    port : int
        The port of the worker on this machine; the attribute ``port`` is that of the forwarder.
    delay_ns : int
        Time from the receipt of bytes of the worker until they are sent, for any number of bytes.
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
        """Wait until both connections are closed."""
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
                threading.Thread(target=self._receive_answers, args=(worker,), daemon=True),
            ]
            for thread in threads:
                thread.start()
            self._send_answers(client)
            for thread in threads:
                thread.join()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):  # a broken connection ends it as well
            while chunk := source.recv(_CHUNK_BYTES):
                target.sendall(chunk)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def _receive_answers(self, worker: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := worker.recv(_CHUNK_BYTES):
                self._chunks.put((time.perf_counter_ns() + self._delay_ns, chunk))
        self._chunks.put(None)

    def _send_answers(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := self._chunks.get():
                wait_until(chunk[0])
                client.sendall(chunk[1])
