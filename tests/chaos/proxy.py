"""A TCP proxy that misbehaves: between a client and the two ports of a worker.

A worker names the port of its data, so the proxy has the same ports at another address.
"""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.chaos.lies import Liar, Lie

HERE, THERE = "127.0.0.1", "127.0.0.2"
"""Where the proxy is, and where the worker."""
_CHUNK = 1 << 16


@dataclass
class Fault:
    """What happens to a connection once it has carried so many bytes to the worker.

    ``kind`` is ``reset``, ``drop`` (no byte passes any more, and nobody is told), ``stall`` (for
    ``pause_s``) or ``dribble`` (byte by byte for a while). It happens ``times`` times.
    """

    kind: str
    after_bytes: int = 0
    pause_s: float = 0.0
    times: int = 1
    happened: int = field(default=0, init=False)


class Proxy:
    """Forwards the two ports of a worker, from the control port on; faults are on its data port.

    A fault is on the way to the worker, a lie on the way back. Without ``data``, that port is
    closed.
    """

    def __init__(self, port: int, fault: Fault | Lie | None, *, data: bool = True) -> None:
        self._open: list[socket.socket] = []
        self._listeners: list[socket.socket] = []
        ports: dict[int, Fault | Lie | None] = {port: None}
        if data:
            ports[port + 1] = fault
        for number, what in ports.items():
            listener = socket.create_server((HERE, number))
            self._listeners.append(listener)
            threading.Thread(
                target=self._accept, args=(listener, number, what), daemon=True
            ).start()

    def close(self) -> None:
        """Close all connections."""
        for each in (*self._listeners, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # a thread that accepts would keep it open
            each.close()

    def _accept(self, listener: socket.socket, port: int, fault: Fault | Lie | None) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                try:
                    worker = socket.create_connection((THERE, port))
                except OSError:
                    client.close()
                    continue
                for each in (client, worker):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open += [client, worker]
                forth = fault if isinstance(fault, Fault) else None
                pump = threading.Thread
                pump(target=_forward, args=(client, worker, forth), daemon=True).start()
                if isinstance(fault, Lie):
                    pump(target=_lie, args=(worker, client, fault), daemon=True).start()
                else:
                    pump(target=_forward, args=(worker, client, None), daemon=True).start()


def _forward(source: socket.socket, sink: socket.socket, fault: Fault | None) -> None:
    carried = 0
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            carried += len(chunk)
            due = fault is not None and carried > fault.after_bytes
            if due and fault is not None and fault.happened < fault.times:
                fault.happened += 1
                if not _misbehave(fault, chunk, source, sink):
                    return
                continue
            sink.sendall(chunk)
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.close()


def _lie(source: socket.socket, sink: socket.socket, lie: Lie) -> None:
    with contextlib.suppress(OSError):
        Liar(source, sink, lie).forward()
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.close()


def _misbehave(fault: Fault, chunk: bytes, source: socket.socket, sink: socket.socket) -> bool:
    """Do what the fault is; return whether the connection goes on."""
    half = len(chunk) // 2
    if fault.kind == "reset":
        sink.sendall(chunk[:half])
        for each in (source, sink):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            each.close()
        return False
    if fault.kind == "drop":
        while source.recv(_CHUNK):
            pass
        return False
    if fault.kind == "stall":
        sink.sendall(chunk[:half])
        time.sleep(fault.pause_s)
        sink.sendall(chunk[half:])
        return True
    for place in range(len(chunk)):
        sink.sendall(chunk[place : place + 1])
    return True


@contextlib.contextmanager
def misbehaving(port: int, fault: Fault | Lie | None, *, data: bool = True) -> Iterator[str]:
    """Give the endpoint of a proxy in front of the worker whose control port is ``port``."""
    proxy = Proxy(port, fault, data=data)
    try:
        yield f"tcp://{HERE}:{port}"
    finally:
        proxy.close()


def free_pair(host: str = HERE) -> int:
    """Return a port that is free, as is the one after it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        with socket.create_server((host, 0), family=family) as first:
            port: int = first.getsockname()[1]
            second = (host, port + 1)
            with contextlib.suppress(OSError), socket.create_server(second, family=family):
                return port
