"""The command that serves a model to clients on other machines."""

from pathlib import Path
from typing import Annotated

import typer

from bench import config
from bench.cli.app import app
from bench.errors import UsageError
from bench.records import EngineSpec


@app.command()
def worker(
    bind: Annotated[
        str, typer.Option(help="Control endpoint; data uses the next port.")
    ] = "tcp://127.0.0.1:5555",
    model: Annotated[str, typer.Option(help="The model to serve.")] = "resnet50",
    weights: Annotated[Path | None, typer.Option(help="A state dict.")] = None,
    image_size_max: Annotated[int, typer.Option(help="Largest side of an image, in pixels.")] = 512,
    insecure: Annotated[
        bool,
        typer.Option("--insecure", metavar="", help="Allow a bind off loopback, without keys."),
    ] = False,
) -> None:
    """Serve until SIGTERM, SIGHUP or SIGINT.

    Example: scalebench worker --bind tcp://0.0.0.0:5555 --insecure
    """
    from bench.engine.spec import check_model
    from bench.worker.jobs import WorkerJob
    from bench.worker.supervisor import Supervisor

    check_model(model)
    address = config.parse_address(bind, "--bind", to_bind=True)
    if not address.is_loopback:
        if not insecure:
            raise UsageError(
                f"--bind: {bind} can be reached from other machines and nothing is encrypted or "
                "authenticated yet; add --insecure on a network that you trust."
            )
        typer.echo(f"warning: anyone who reaches {bind} can use this worker", err=True)
    identity = config.weights_identity(weights)
    supervisor = Supervisor(
        WorkerJob(
            bind=address,
            engine=EngineSpec(model=model, weights=identity),
            weights_path=str(weights.absolute()) if weights else None,
            image_size_max=image_size_max,
        )
    )
    typer.echo(f"serving {model} on {supervisor.address}", err=True)
    supervisor.serve()
