"""The command that turns stored runs into pages."""

from pathlib import Path
from typing import Annotated

import typer

from bench.cli.app import app


@app.command()
def report(
    run_dirs: Annotated[
        list[Path] | None, typer.Argument(metavar="RUN_DIR", help="Folders of runs.")
    ] = None,
    site: Annotated[Path, typer.Option(help="A Jekyll site.")] = Path("site"),
    data: Annotated[Path, typer.Option(help="Folder of the runs.")] = Path("data"),
) -> None:
    """Write pages and charts into the site; without RUN_DIR, those that need it.

    Example: scalebench report
    """
    from bench.charts.render import render_pool

    render_pool()  # first of all, since its children take longest to start
    from bench.pipeline.report import report as run_report
    from bench.publish import missing_layout
    from bench.store.folder import RUN_FILE

    for page in run_report(run_dirs or [], data, site):
        typer.echo(page)
    if not run_dirs and not any(data.glob(f"*/*/{RUN_FILE}")):
        typer.echo(f"no run in {data} yet: 'scalebench measure' makes one", err=True)
    if missing_layout(site):
        typer.echo(f"{site} lacks our layouts: 'scalebench init-site {site}' copies them", err=True)
