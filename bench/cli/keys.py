"""The commands that make keys, and the options by which other commands name them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bench.cli.app import Commands, app
from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.transport.security import ClientKeys

KeysOption = Annotated[
    Path | None,
    typer.Option("--keys", metavar="DIR", help="Keys of this side, as 'keys new' made them."),
]
ServerKeyOption = Annotated[
    Path | None, typer.Option("--server-key", metavar="FILE", help="The worker's public.key.")
]

keys_app = typer.Typer(
    cls=Commands,
    help=(
        "Make keys, with which connections to a worker are encrypted.\n\n"
        "Example: scalebench keys new ~/.scalebench"
    ),
)
app.add_typer(keys_app, name="keys")


@keys_app.command("new")
def new(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder for secret.key and public.key.")
    ],
) -> None:
    """Make a pair of keys; each worker and each client has its own.

    The secret key stays where it is made. Clients name the worker's
    public.key as --server-key; a worker names a file with the public keys of
    its clients as --allow.

    Example: scalebench keys new ~/.scalebench
    """
    from bench.transport.security import PUBLIC_FILE, write_keys

    public = write_keys(folder)
    typer.echo(f"public key, also in {folder / PUBLIC_FILE}:", err=True)
    typer.echo(public)


def client_keys(
    worker: str | None, keys: Path | None, server_key: Path | None
) -> "ClientKeys | None":
    """Return the keys of a client from its options, or None without them.

    Parameters
    ----------
    worker : str, optional
        The option ``--worker``; keys are for a worker that runs already.
    keys : Path, optional
        The option ``--keys``.
    server_key : Path, optional
        The option ``--server-key``.

    Raises
    ------
    UsageError
        If one of them is there without the others.
    HostError
        If a key cannot be read.
    """
    if keys is None and server_key is None:
        return None
    if worker is None or keys is None or server_key is None:
        options = {"--worker": worker, "--keys": keys, "--server-key": server_key}
        missing = " and ".join(name for name, value in options.items() if value is None)
        given = "--server-key" if keys is None else "--keys"
        raise UsageError(f"{given}: it needs {missing} as well; see 'scalebench keys new --help'.")
    from bench.transport.security import load_client_keys

    return load_client_keys(keys, server_key)
