"""``.ci/links``: what a plain TCP connection carries over a link that is held to a rate.

``python -m tests.benchmarks.raw_tcp serve ADDRESS PORT`` receives a few transfers and acknowledges
each; ``... send ADDRESS PORT MBITS`` sends for about a second each time, prints the best rate
[Mbit/s], since a busy host can only take from it, and fails when less than nine tenths or more than
all of ``MBITS`` came through.
"""

import socket
import sys
import time

_CHUNK = 1 << 20
_SHARE_OF_RATE = 0.9, 1.0
_CONNECT_TRIES = 50
_TRANSFERS = 3


def main(arguments: list[str]) -> int:
    """Serve or send, as ``arguments`` say, and return the exit status."""
    role, host, port = arguments[0], arguments[1], int(arguments[2])
    if role == "serve":
        _serve(host, port)
        return 0
    allowed = float(arguments[3])
    carried = max(_send(host, port, round(allowed * 1e6 / 8)) for _ in range(_TRANSFERS))
    print(f"{carried:.0f}")
    low, high = (share * allowed for share in _SHARE_OF_RATE)
    if low <= carried <= high:
        return 0
    print(
        f"A TCP connection carried {carried:.0f} Mbit/s over a link held to {allowed:.0f} Mbit/s; "
        f"{low:.0f} to {high:.0f} were expected. Nothing is measured over it.",
        file=sys.stderr,
    )
    return 1


def _serve(host: str, port: int) -> None:
    with socket.create_server((host, port)) as listener:
        for _ in range(_TRANSFERS):
            connection, _ = listener.accept()
            with connection:
                while connection.recv(_CHUNK):
                    pass
                connection.sendall(b"!")


def _send(host: str, port: int, size: int) -> float:
    """Send ``size`` bytes, wait for the acknowledgement, return the rate [Mbit/s]."""
    chunk = memoryview(bytearray(_CHUNK))
    with _connect(host, port) as connection:
        begun_ns = time.perf_counter_ns()
        left = size
        while left:
            left -= connection.send(chunk[:left])
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
        return size * 8e3 / (time.perf_counter_ns() - begun_ns)


def _connect(host: str, port: int) -> socket.socket:
    for _ in range(_CONNECT_TRIES):
        try:
            return socket.create_connection((host, port), timeout=60)
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit(f"nobody listens at {host}:{port}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
