"""The command that checks a machine before anything is measured."""

from typing import TYPE_CHECKING, Annotated

import typer

from bench import config
from bench.cli.app import app
from bench.cli.keys import KeysOption, ServerKeyOption, client_keys

if TYPE_CHECKING:
    from bench.pipeline.doctor import Diagnosis


_MARKS = {True: ("ok", "green"), False: ("warning", "bold yellow"), None: ("unknown", "dim")}


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="All facts, for programs.")] = False,
    worker: Annotated[
        str | None, typer.Option(metavar="ENDPOINT", help="Look at this worker's machine as well.")
    ] = None,
    keys: KeysOption = None,
    server_key: ServerKeyOption = None,
) -> None:
    """Say what this machine is and what would disturb a measurement on it.

    Each point is "ok", "warning" or "unknown" with the reason, and what
    helps. Warnings do not forbid measuring: they say where differences may
    come from.

    Example: scalebench doctor --worker tcp://HOST:5555
    """
    import json

    from bench.pipeline import doctor as stage

    address = None if worker is None else config.parse_address(worker, "--worker")
    diagnoses = stage.diagnose(address, client_keys(worker, keys, server_key))
    if as_json:
        typer.echo(json.dumps(stage.as_json(diagnoses), indent=1))
        return
    for diagnosis in diagnoses:
        _print(diagnosis)


def _print(diagnosis: "Diagnosis") -> None:
    """Print one host: each fact on one line, each finding with its reason and remedy."""
    from rich.console import Console
    from rich.text import Text

    console, findings = Console(highlight=False), diagnosis.findings
    console.print(Text(diagnosis.name, style="bold"))
    for kind, group in diagnosis.facts.items():
        if not group:  # the worker sends none
            continue
        console.print(Text(kind, style="bold"))
        names = [name for name in group if not name.endswith("_missing")]
        width = max(map(len, names))
        for name in names:
            value = group[name]
            style = "dim" if value is None else ""
            row = Text(f" {name:<{width}}  ", "dim")
            row.append(_fact(value, group.get(f"{name}_missing")), style)
            if console.is_terminal:  # in a file, lines are not cut
                row.truncate(console.width, overflow="ellipsis")
            console.print(row, soft_wrap=True)
    console.print(Text("what would disturb a measurement", style="bold"))
    for finding in findings:
        word, style = _MARKS[finding.ok]
        mark = Text(f" {word:<7} ", style)
        console.print(mark + Text(f"{finding.name}: {finding.reason}"), soft_wrap=True)
        if finding.remedy:
            console.print(Text(f"         helps: {finding.remedy}"), soft_wrap=True)
    warnings, unknown = (sum(finding.ok is ok for finding in findings) for ok in (False, None))
    console.print(
        f" {len(findings)} points looked at, {warnings} with a warning, {unknown} not known\n"
    )


def _fact(value: object, missing: object) -> str:
    if value is None:
        return f"unknown: {missing}"
    if isinstance(value, dict):
        value = ", ".join(f"{name} {each}" for name, each in value.items())
    elif isinstance(value, list):
        value = ", ".join(map(str, value))
    return " ".join(str(value).split())
