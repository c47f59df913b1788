"""The command that looks before anything is measured."""

from typing import Annotated

import typer

from bench.cli.app import app


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="All facts, for programs.")] = False,
    worker: Annotated[
        str | None, typer.Option(metavar="ENDPOINT", help="Look at this worker's machine as well.")
    ] = None,
) -> None:
    """Say what this machine is and what would disturb a measurement on it.

    Each point is "ok" or "warning" with the reason, and what helps. Warnings do not forbid
    measuring: they say where differences may come from.

    Example: scalebench doctor --worker tcp://HOST:5555
    """
    import json

    from bench.cli.diagnosis import print_diagnosis
    from bench.pipeline import doctor as stage

    diagnoses = stage.diagnose(worker)
    if as_json:
        typer.echo(json.dumps(stage.as_json(diagnoses), indent=1))
        return
    for diagnosis in diagnoses:
        print_diagnosis(diagnosis.name, diagnosis.facts, diagnosis.findings)
