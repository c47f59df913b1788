"""The ports of a worker: that of control, and the next one for data."""

import socket

from bench.errors import HostError
from bench.records import Address


def hold_port(address: Address) -> socket.socket | None:
    """Bind the port on which compute processes will listen; None where any port will do.

    They inherit it, so that no other program can take it between two of them.

    Raises
    ------
    HostError
        If it cannot be bound.
    """
    if not address.port:
        return None
    family = socket.AF_INET6 if address.is_ipv6 else socket.AF_INET
    try:
        listener = socket.create_server((address.host, address.port), family=family, backlog=16)
    except OSError as error:
        raise HostError(
            f"--bind: data needs the port after the control port, and {address} cannot be bound: "
            f"{error.strerror}; choose another port."
        ) from error
    listener.setblocking(False)
    return listener


def data_address(asked: Address, real: Address) -> Address:
    """Return where compute processes listen: on the next port, or on any if any was requested."""
    return Address(host=real.host, port=real.port + 1 if asked.port else 0)
