"""Facts of the link to a worker: its interface, its rate, and its round-trip time."""

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.host.sources import collect, read
from bench.records import Address, Facts

_NET = Path("/sys/class/net")
_CONNECTS = 5
_TIMEOUT_S = 5.0


def link_facts(address: Address) -> Facts:
    """Return facts of the link to ``address``, without the address itself.

    The round trip is the median of five TCP handshakes [ns], which the kernels answer: it includes
    neither ZeroMQ nor the time until a process is scheduled.
    """
    host, port = address.host, address.port
    route: dict[str, Any] = {}

    def interface() -> str:
        route.update(_route(host))
        return str(route["dev"])

    def device(name: str) -> Path:
        if "dev" not in route:
            raise LookupError("the interface is not known")
        return _NET / str(route["dev"]) / name

    return collect(
        {
            "interface": interface,
            "through_gateway": lambda: "gateway" in route if route else _unknown_route(),
            "mtu_bytes": lambda: int(read(device("mtu"))),
            "speed_mbps": lambda: _speed(read(device("speed"))),
            "shaped_mbps": lambda: _shaped(device("").name),
            "round_trip_ns": lambda: median(_handshake_ns(host, port) for _ in range(_CONNECTS)),
        }
    )


def _route(host: str) -> dict[str, Any]:
    ip = shutil.which("ip")
    if ip is None:
        raise LookupError("iproute2 is not installed")
    address = socket.getaddrinfo(host, None)[0][4][0]
    output = subprocess.run(
        [ip, "-json", "route", "get", str(address)], capture_output=True, text=True, check=True
    ).stdout
    route: dict[str, Any] = json.loads(output)[0]
    return route


def _unknown_route() -> bool:
    raise LookupError("the route is not known")


def _speed(text: str) -> int:
    speed = int(text)
    if speed < 0:
        raise LookupError("the interface states no speed")
    return speed


def _shaped(interface: str) -> float:
    """Return the rate that a token bucket allows this interface to send at [Mbit/s]."""
    tc = shutil.which("tc")
    if tc is None:
        raise LookupError("iproute2 is not installed")
    output = subprocess.run(
        [tc, "-json", "qdisc", "show", "dev", interface], capture_output=True, text=True, check=True
    ).stdout
    for queue in json.loads(output):
        if queue["kind"] == "tbf":
            return float(queue["options"]["rate"] * 8 / 1e6)  # in bytes/s
    raise LookupError("nothing limits the rate of the interface")


def _handshake_ns(host: str, port: int) -> int:
    begun_ns = time.perf_counter_ns()
    socket.create_connection((host, port), timeout=_TIMEOUT_S).close()
    return time.perf_counter_ns() - begun_ns
