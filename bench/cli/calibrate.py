"""The command that proves the method on this machine, and writes a report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.cli.app import app
from bench.errors import EXIT_MISSED, Interrupted
from bench.interruption import interruptible


@app.command()
def calibrate(
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Fewer runs and wider bands: about a minute."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report, for programs.")] = False,
    site: Annotated[Path, typer.Option(help="The Jekyll site that shows it.")] = Path("site"),
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random draws.")] = 1,
) -> None:
    """Prove that the intervals cover, on this machine; exit 11 if a band is missed.

    V0 tries the formulas, V1 the whole tool in virtual time, V2 real
    sockets and a real worker process. About eight minutes on two cores that
    nothing else uses; V2 is wrong where something does.

    The report goes to the site's page on the method, also when a band is
    missed. A quick one does not replace a full one.

    Example: scalebench calibrate --quick
    """
    import json

    from bench.calibration import stage
    from bench.publish import check_site

    check_site(site)  # before the proofs, which take minutes
    proofs = stage.plan_proofs(stage.QUICK if quick else stage.FULL, seed)
    results = []
    try:
        with interruptible():
            for number, (name, outcomes) in enumerate(stage.carry_out(proofs), start=1):
                results.append((name, outcomes))
                what = outcomes[0].name.partition(":")[0]
                typer.echo(f"{number} of {len(proofs)} proofs: {name} {what}", err=True)
    except KeyboardInterrupt:
        raise Interrupted("interrupted; no report is written.") from None
    report = stage.make_report(results, seed, quick=quick)
    path = stage.publish_report(site, report)
    if as_json:
        typer.echo(json.dumps(report, indent=1, ensure_ascii=False))
    else:
        _print(report)
    notice = f"{site} keeps its full report: a quick one does not replace it"
    typer.echo(path or notice, err=True)
    if not report["passed"]:
        raise typer.Exit(EXIT_MISSED)


def _print(report: Mapping[str, Any]) -> None:
    """Print a table for each stage, narrow enough for 80 columns, and the conclusion below."""
    from rich.table import Table

    from bench.cli.terminal import make_console

    console = make_console()
    for group in report["groups"]:
        sheet = Table(box=None, header_style="bold", padding=(0, 1, 0, 0))
        sheet.title, sheet.title_justify = f"{group['stage']}  {group['title']}", "left"
        sheet.title_style = "bold"
        sheet.add_column("experiment", overflow="fold")
        for name in ("hits", "rate", "band"):
            sheet.add_column(name, justify="right", no_wrap=True)
        sheet.add_column("", no_wrap=True)
        for row in group["rows"]:
            cells = [row[name] for name in ("name", "counted", "rate", "band", "word")]
            sheet.add_row(*cells, style="" if row["passed"] else "bold red")
        console.print(sheet)
        console.print()
    console.print(report["conclusion"], highlight=False)
