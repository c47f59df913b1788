"""Keys: the files that hold them, the sockets that use them, and the clients that may connect.

ZeroMQ encrypts with CURVE [1]_: each side has a pair of keys, a client knows the public key of its
server, and a server has a list of the public keys of its clients. A file has one key per line in
the alphabet Z85; a line that begins with ``#`` is a comment.

References
----------
.. [1] P. Hintjens, "ZeroMQ RFC 26: CurveZMQ", 2013.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import zmq

from bench.errors import HostError

if TYPE_CHECKING:
    from zmq.auth.thread import ThreadAuthenticator

SECRET_FILE = "secret.key"  # noqa: S105 - a name, not a secret
PUBLIC_FILE = "public.key"
_DOMAIN = "scalebench"
_KEY = re.compile(r"[0-9A-Za-z.:+=^!/*?&<>()\[\]{}@%$#-]{40}")
_COMMENT = "#"
_OTHERS = 0o077
HANDSHAKE_FAILURES = (
    zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
)


class ServerKeys(msgspec.Struct, frozen=True):
    """The pair of keys of a worker."""

    public: str
    secret: str

    def __repr__(self) -> str:
        """Leave the secret out, so that no message and no traceback shows it."""
        return f"{type(self).__name__}(public={self.public!r})"


class ClientKeys(msgspec.Struct, frozen=True):
    """The pair of keys of a client, and the public key of its worker."""

    public: str
    secret: str
    server: str

    def __repr__(self) -> str:
        """Leave the secret out, as above."""
        return f"{type(self).__name__}(public={self.public!r}, server={self.server!r})"


class AllowList:
    """The public keys in a file, which is read anew for each question.

    Raises
    ------
    HostError
        When it is made, if the file cannot be read or a line is no key.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        _read_keys(path, "--allow")

    def allows(self, key: str) -> bool:
        """Return whether ``key`` is in the list now; a list that cannot be read allows none."""
        try:
            return key in _read_keys(self._path, "--allow")
        except HostError:
            return False


class _Provider:
    """Asks ``allows`` in the way in which PyZMQ asks."""

    def __init__(self, allows: Callable[[str], bool]) -> None:
        self._allows = allows

    def callback(self, _domain: str, key: bytes) -> bool:
        """Return whether a client with this public key may connect."""
        return self._allows(key.decode())


def write_keys(folder: Path) -> str:
    """Draw a pair of keys, write both files into ``folder``, and return the public key.

    Raises
    ------
    HostError
        If one of the files is there already, or cannot be written.
    """
    public, secret = _draw_pair()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        paths = (folder / SECRET_FILE, folder / PUBLIC_FILE)
        for path in paths:
            if path.exists():
                raise HostError(f"{path} is there already; name another folder for new keys.")
        _write_new(
            paths[0], f"# secret key of scalebench: keep it on this machine\n{secret}\n", 0o600
        )
        _write_new(paths[1], f"# public key of scalebench\n{public}\n", 0o644)
    except OSError as error:
        raise HostError(
            f"cannot write keys into {folder}: {error.strerror}; name another folder."
        ) from error
    return public


def load_server_keys(folder: Path) -> ServerKeys:
    """Return the keys of a worker from the folder that ``keys new`` made.

    Raises
    ------
    HostError
        If its secret key cannot be read, is none, or can be read by others.
    """
    secret = _read_secret(folder / SECRET_FILE)
    return ServerKeys(_public_of(secret), secret)


def load_client_keys(folder: Path, server_key: Path) -> ClientKeys:
    """Return the keys of a client from its folder, with the public key of its worker.

    Raises
    ------
    HostError
        If its secret key cannot be read, is none, or can be read by others, or if the file
        ``server_key`` does not have exactly one key.
    """
    secret = _read_secret(folder / SECRET_FILE)
    return ClientKeys(_public_of(secret), secret, _only_key(server_key, "--server-key"))


def use_keys(socket: zmq.Socket[bytes], keys: ServerKeys | ClientKeys) -> None:
    """Let a socket that is not yet bound or connected encrypt, and refuse peers that do not."""
    socket.setsockopt_string(zmq.CURVE_PUBLICKEY, keys.public)
    socket.setsockopt_string(zmq.CURVE_SECRETKEY, keys.secret)
    if isinstance(keys, ClientKeys):
        socket.setsockopt_string(zmq.CURVE_SERVERKEY, keys.server)
        return
    socket.setsockopt(zmq.CURVE_SERVER, 1)
    socket.setsockopt_string(zmq.ZAP_DOMAIN, _DOMAIN)
    # Without its authenticator, a server refuses every client.
    socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)


def start_authenticator(
    context: zmq.Context[zmq.Socket[bytes]], allows: Callable[[str], bool]
) -> "ThreadAuthenticator":
    """Start a thread that asks ``allows`` for each client that connects to a server of ``context``.

    It inherits the calling thread's cores, and sleeps between two connections.
    """
    from zmq.auth.thread import ThreadAuthenticator  # noqa: PLC0415 - it imports asyncio

    authenticator = ThreadAuthenticator(context)
    authenticator.configure_curve_callback(_DOMAIN, _Provider(allows))
    authenticator.start()
    return authenticator


def client_key(frame: zmq.Frame) -> str:
    """Return the public key of the client that sent a frame over an encrypted connection."""
    return str(frame.get("User-Id"))


def handshake_problem(event: int, keys: ClientKeys | None) -> str | None:
    """Return why a server refused a connection, and what to do; None if ``event`` tells nothing.

    Which side notices first that the other one does not encrypt is a matter of chance: the other
    one then only sees that the connection is closed.

    Parameters
    ----------
    event : int
        An event of the monitor of the client's socket.
    keys : ClientKeys, optional
        The keys that the client used.
    """
    if event == zmq.EVENT_HANDSHAKE_FAILED_AUTH and keys is not None:
        return (
            f"does not allow the key {keys.public}; add this key to the file that its --allow names"
        )
    if not event & HANDSHAKE_FAILURES:
        return None
    if keys is None:
        return (
            "refuses the connection: it asks for keys, or is no worker of scalebench; give --keys "
            "and --server-key (see 'scalebench keys new --help')"
        )
    if event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return (
            "does not encrypt, or is no worker of scalebench; start it with --keys, or leave "
            "--keys and --server-key out here"
        )
    return (
        f"refuses the connection: it does not have the key {keys.server}, or does not encrypt; "
        "give its public.key as --server-key, or start it with --keys"
    )


def _draw_pair() -> tuple[str, str]:
    """Return a public and a secret key; neither begins as a comment does."""
    while True:
        public, secret = (key.decode() for key in zmq.curve_keypair())
        if not public.startswith(_COMMENT) and not secret.startswith(_COMMENT):
            return public, secret


def _public_of(secret: str) -> str:
    return zmq.curve_public(secret.encode()).decode()


def _write_new(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def _read_secret(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise HostError(
            f"--keys: cannot read {path}: {error.strerror}; 'scalebench keys new {path.parent}' "
            "makes it."
        ) from error
    if mode & _OTHERS:
        raise HostError(
            f"--keys: others can read {path} (mode {mode & 0o777:03o}); run 'chmod 600 {path}', "
            "and make new keys if somebody may have read it."
        )
    return _only_key(path, "--keys")


def _only_key(path: Path, flag: str) -> str:
    keys = _read_keys(path, flag)
    if len(keys) != 1:
        raise HostError(f"{flag}: {path} has {len(keys)} keys; name a file with exactly one.")
    return keys[0]


def _read_keys(path: Path, flag: str) -> list[str]:
    """Return the keys in a file; messages name lines and never show them."""
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise HostError(
            f"{flag}: cannot read {path}: {error.strerror}; name a file of keys."
        ) from (error)
    except UnicodeDecodeError as error:
        raise HostError(f"{flag}: {path} is not text; name a file of keys.") from error
    keys = []
    for number, line in enumerate(lines, start=1):
        words = line.split(maxsplit=1)
        if not words or words[0].startswith(_COMMENT):
            continue
        rest = words[1] if len(words) > 1 else _COMMENT
        if not _KEY.fullmatch(words[0]) or not rest.startswith(_COMMENT):
            raise HostError(
                f"{flag}: line {number} of {path} is no key; write one key of 40 characters per "
                "line, and comments after '#'."
            )
        keys.append(words[0])
    return keys
