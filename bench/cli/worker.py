"""The command that serves a model to clients on other machines."""

from pathlib import Path
from typing import Annotated

import typer

from bench import config
from bench.cli.app import app
from bench.cli.keys import KeysOption
from bench.errors import UsageError
from bench.records import Address

IMAGE_SIZE_MAX = 512
"""Largest side of an image by default; that of the model if it is larger [pixels]."""


@app.command()
def worker(
    bind: Annotated[
        str, typer.Option(help="Control endpoint; data uses the next port.")
    ] = "tcp://127.0.0.1:5555",
    model: Annotated[
        str, typer.Option(help="The model to serve, as 'measure --model' names it.")
    ] = "resnet50",
    engine: Annotated[
        str, typer.Option(metavar="WORDS", help="How it computes, such as cpu,bfloat16.")
    ] = "",
    weights: Annotated[
        Path | None, typer.Option(help="A state dict, or a file of safetensors.")
    ] = None,
    image_size_max: Annotated[
        int | None,
        typer.Option(help="Largest side of an image, in pixels; 512, or more if the model has it."),
    ] = None,
    keys: KeysOption = None,
    allow: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Public keys of the clients, one per line; read again for each connection.",
        ),
    ] = None,
    insecure: Annotated[
        bool,
        typer.Option("--insecure", help="Allow a bind off loopback, without keys."),
    ] = False,
) -> None:
    """Serve until SIGTERM, SIGHUP or SIGINT.

    Example: scalebench worker --bind tcp://0.0.0.0:5555 --keys DIR --allow FILE
    """
    from bench.engine.available import check_available
    from bench.engine.models import STUB_PREFIX, check_model, default_image_size
    from bench.transport.security import load_server_keys
    from bench.worker.jobs import WorkerJob
    from bench.worker.supervisor import Supervisor

    check_model(model)
    address = config.parse_address(bind, "--bind", to_bind=True)
    _check_access(address, keys, allow, insecure=insecure)
    identity = config.weights_identity(weights)
    spec = config.parse_engine(engine, "--engine", model, identity)
    check_available(spec, "--engine")
    supervisor = Supervisor(
        WorkerJob(
            bind=address,
            engine=spec,
            weights_path=str(weights.absolute()) if weights else None,
            image_size_max=max(IMAGE_SIZE_MAX, default_image_size(model, smoke=False))
            if image_size_max is None
            else image_size_max,
            describes_engines=not model.startswith(STUB_PREFIX),
            keys=load_server_keys(keys) if keys else None,
            allow_path=str(allow.absolute()) if allow else "",
        )
    )
    typer.echo(f"serving {model} on {supervisor.address}", err=True)
    supervisor.serve()


def _check_access(
    address: Address, keys: Path | None, allow: Path | None, *, insecure: bool
) -> None:
    """Refuse an address that other machines can reach, without keys or the wish to do so.

    Parameters
    ----------
    address : Address
        Where the worker listens.
    keys, allow, insecure
        The options of these names.
    """
    if (keys is None) is not (allow is None):
        given, missing = ("--keys", "--allow") if keys else ("--allow", "--keys")
        raise UsageError(f"{given}: it needs {missing} as well; see 'scalebench keys new --help'.")
    if keys is not None and insecure:
        raise UsageError("--insecure: with --keys everything is encrypted; leave one of them out.")
    if keys is not None or address.is_loopback:
        return
    if not insecure:
        raise UsageError(
            f"--bind: {address} can be reached from other machines; give --keys and --allow, so "
            "that only your clients can use the worker (see 'scalebench keys new --help'), or "
            "--insecure on a network that you trust."
        )
    typer.echo(
        f"warning: nothing is encrypted, and anyone who reaches {address} can use this worker",
        err=True,
    )
